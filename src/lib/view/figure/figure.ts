/**
 * A panel of the page as a picture in a file: its drawings as they are, its canvases as images, its words as text. Only
 * SVG that every program reads: no HTML inside, no names of the theme. Controls are left out.
 */
import { context2d } from '../context2d';

const SVG = 'http://www.w3.org/2000/svg';

/** What the page is worked with, not what it shows. A choice is shown by what is chosen. */
const LEFT_OUT = 'button, input, progress, datalist, .visually-hidden, [data-no-figure]';
/** What a drawing's parts have from the style sheet, and what is not worth saying. */
const DRAWN: Record<string, readonly string[]> = {
	fill: [],
	'fill-opacity': ['1'],
	stroke: ['none'],
	'stroke-width': ['1px'],
	'stroke-opacity': ['1'],
	'stroke-dasharray': ['none'],
	'stroke-linecap': ['butt'],
	'stroke-linejoin': ['miter'],
	opacity: ['1'],
	'font-size': [],
	'font-weight': ['400'],
	'text-anchor': ['start'],
	visibility: ['visible'],
	display: ['inline', 'block'],
	'paint-order': ['normal']
};
/** What only the page has use for. */
const PAGE_ONLY = /^(class|style|role|tabindex|data-.*|aria-.*)$/;
const CLEAR = 'rgba(0, 0, 0, 0)';

/**
 * @param panel on the page, laid out
 * @returns an SVG document as large as the panel, in CSS pixels
 */
export function figureSvg(panel: HTMLElement): string {
	const { left, top, width, height } = panel.getBoundingClientRect();
	const root = document.createElementNS(SVG, 'svg');
	set(root, { xmlns: SVG, width, height, viewBox: `0 0 ${short(width)} ${short(height)}` });
	root.setAttribute('font-family', getComputedStyle(panel).fontFamily);
	const frame = { root, left, top };
	const background = document.createElementNS(SVG, 'rect');
	set(background, { width, height, fill: backgroundOf(panel) });
	root.append(background);
	for (const child of panel.childNodes) draw(child, frame);
	return new XMLSerializer().serializeToString(root);
}

/** Twice as fine as the screen needs. @throws Error when the browser cannot draw it */
export async function figurePng(panel: HTMLElement): Promise<Blob> {
	const { width, height } = panel.getBoundingClientRect();
	const image = new Image();
	image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(figureSvg(panel))}`;
	await image.decode();
	const canvas = document.createElement('canvas');
	canvas.width = Math.round(2 * width);
	canvas.height = Math.round(2 * height);
	context2d(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
	return new Promise((resolve, reject) =>
		canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png')
	);
}

interface Frame {
	readonly root: SVGSVGElement;
	/** The panel's corner in the window. */
	readonly left: number;
	readonly top: number;
}

function draw(node: Node, frame: Frame): void {
	if (node instanceof Text) return drawText(node, frame);
	if (!(node instanceof Element) || node.matches(LEFT_OUT)) return;
	const style = getComputedStyle(node);
	if (style.display === 'none' || style.visibility === 'hidden') return;
	if (node instanceof SVGSVGElement) return drawSvg(node, frame);
	if (node instanceof HTMLCanvasElement) return drawCanvas(node, frame);
	if (node instanceof HTMLSelectElement) {
		const box = place(node, frame);
		const chosen = node.selectedOptions[0]?.textContent ?? '';
		return putText(chosen, box.x, box.y + box.height / 2, style, frame);
	}
	if (node instanceof HTMLElement) drawBox(node, style, frame);
	for (const child of node.childNodes) draw(child, frame);
}

/** A swatch, a band or a line between parts. */
function drawBox(element: HTMLElement, style: CSSStyleDeclaration, frame: Frame): void {
	const { x, y, width, height } = place(element, frame);
	const { backgroundColor, backgroundImage, borderTopWidth, borderTopColor, borderRadius } = style;
	const gradient = backgroundImage.startsWith('linear-gradient');
	const bordered = parseFloat(borderTopWidth) > 0;
	if (backgroundColor === CLEAR && !bordered && !gradient) return;
	const box = document.createElementNS(SVG, 'rect');
	set(box, { x, y, width, height: Math.max(height, bordered ? 1 : 0) });
	box.setAttribute('fill', gradient ? gradientOf(backgroundImage, frame) : backgroundColor);
	const round = parseFloat(borderRadius);
	if (round) set(box, { rx: Math.min(round, height / 2) });
	const whole = parseFloat(style.borderBottomWidth) > 0;
	if (bordered && whole) box.setAttribute('stroke', borderTopColor);
	else if (bordered) {
		set(box, { height: parseFloat(borderTopWidth) });
		box.setAttribute('fill', borderTopColor);
	}
	frame.root.append(box);
}

/** Colours from left to right, evenly spread. @returns what `fill` takes */
function gradientOf(css: string, { root }: Frame): string {
	const colours = css.match(/rgba?\([^)]*\)/g) ?? [];
	const gradient = document.createElementNS(SVG, 'linearGradient');
	gradient.id = `gradient-${root.querySelectorAll('linearGradient').length}`;
	colours.forEach((colour, i) => {
		const stop = document.createElementNS(SVG, 'stop');
		set(stop, { offset: i / Math.max(1, colours.length - 1) });
		stop.setAttribute('stop-color', colour);
		gradient.append(stop);
	});
	root.append(gradient);
	return `url(#${gradient.id})`;
}

function drawSvg(drawing: SVGSVGElement, frame: Frame): void {
	const copy = drawing.cloneNode(true) as SVGSVGElement;
	const originals = [drawing, ...drawing.querySelectorAll('*')];
	[copy, ...copy.querySelectorAll('*')].forEach((element, i) => {
		const style = getComputedStyle(originals[i]);
		for (const [name, usual] of Object.entries(DRAWN)) {
			const value = style.getPropertyValue(name);
			// What is usual must be said where it would come otherwise from around.
			const above = i ? originals[i].parentElement : null;
			const around = above ? getComputedStyle(above).getPropertyValue(name) : value;
			if (value && !(usual.includes(value) && around === value)) element.setAttribute(name, value);
		}
		for (const { name } of [...element.attributes])
			if (PAGE_ONLY.test(name)) element.removeAttribute(name);
	});
	const { x, y, width, height } = place(drawing, frame);
	set(copy, { x, y, width, height });
	frame.root.append(copy);
}

function drawCanvas(canvas: HTMLCanvasElement, frame: Frame): void {
	const { x, y, width, height } = place(canvas, frame);
	if (!canvas.width || !canvas.height || !width) return;
	const image = document.createElementNS(SVG, 'image');
	set(image, { x, y, width, height });
	image.setAttribute('href', canvas.toDataURL());
	image.setAttribute('preserveAspectRatio', 'none');
	if (getComputedStyle(canvas).imageRendering === 'pixelated')
		image.setAttribute('image-rendering', 'pixelated');
	frame.root.append(image);
}

/** Line by line, as the browser has broken it. */
function drawText(node: Text, frame: Frame): void {
	const text = node.data;
	if (!text.trim() || !node.parentElement) return;
	const style = getComputedStyle(node.parentElement);
	const range = document.createRange();
	let line = '';
	let box: DOMRect | null = null;
	const flush = () => {
		if (box && line.trim())
			putText(
				line.trim(),
				box.left - frame.left,
				box.top - frame.top + box.height / 2,
				style,
				frame
			);
	};
	for (let i = 0; i < text.length; i++) {
		range.setStart(node, i);
		range.setEnd(node, i + 1);
		const at = range.getBoundingClientRect();
		if (at.width && box && Math.abs(at.top - box.top) > at.height / 2) {
			flush();
			line = '';
			box = null;
		}
		if (at.width) box ??= at;
		line += text[i];
	}
	flush();
}

function putText(text: string, x: number, y: number, style: CSSStyleDeclaration, frame: Frame) {
	const element = document.createElementNS(SVG, 'text');
	set(element, { x, y });
	element.setAttribute('fill', style.color);
	element.setAttribute('font-size', style.fontSize);
	element.setAttribute('font-weight', style.fontWeight);
	element.setAttribute('dominant-baseline', 'central');
	element.textContent = text;
	frame.root.append(element);
}

function place(element: Element, { left, top }: Frame) {
	const box = element.getBoundingClientRect();
	return { x: box.left - left, y: box.top - top, width: box.width, height: box.height };
}

/** Of the nearest element around that has one. */
function backgroundOf(element: Element | null): string {
	for (let at = element; at; at = at.parentElement) {
		const { backgroundColor } = getComputedStyle(at);
		if (backgroundColor !== CLEAR) return backgroundColor;
	}
	return '#ffffff';
}

const short = (value: number) => String(Math.round(value * 100) / 100);

function set(element: Element, attributes: Record<string, number | string>): void {
	for (const [name, value] of Object.entries(attributes))
		element.setAttribute(name, typeof value === 'number' ? short(value) : value);
}
