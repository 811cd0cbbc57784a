/**
 * Exports a panel of the page as a picture: SVG drawings as they are, canvases as images, words as text. It writes only
 * SVG that every program can read, without HTML or CSS variables, and leaves out controls.
 */
import { context2d } from '../context2d';

const SVG = 'http://www.w3.org/2000/svg';

/** Controls, which are left out; of a select, only its present choice is drawn. */
const LEFT_OUT = 'button, input, progress, datalist, .visually-hidden, [data-no-figure]';
/** CSS properties to copy from the style sheet, with default values that can be omitted. */
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
/** Attributes that only the page needs. */
const PAGE_ONLY = /^(class|style|role|tabindex|data-.*|aria-.*)$/;
const CLEAR = 'rgba(0, 0, 0, 0)';

/**
 * @param panel a panel on the page, laid out
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

/** The panel as an image that can be drawn on a canvas. @throws Error if the browser cannot draw it */
export async function figureImage(panel: HTMLElement): Promise<HTMLImageElement> {
	const image = new Image();
	image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(figureSvg(panel))}`;
	await image.decode();
	return image;
}

/** A PNG file at twice the screen's resolution. @throws Error if the browser cannot draw it */
export async function figurePng(panel: HTMLElement): Promise<Blob> {
	const { width, height } = panel.getBoundingClientRect();
	const canvas = document.createElement('canvas');
	canvas.width = Math.round(2 * width);
	canvas.height = Math.round(2 * height);
	context2d(canvas).drawImage(await figureImage(panel), 0, 0, canvas.width, canvas.height);
	return new Promise((resolve, reject) =>
		canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png')
	);
}

interface Frame {
	readonly root: SVGSVGElement;
	/** Position of the panel's upper left corner in the window. */
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

/** Draws the background and borders of an element, such as a swatch or a dividing line. */
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

/** Defines a gradient of evenly spaced colours from left to right. @returns a value for `fill` */
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
			// A default value must be written if the element would otherwise inherit another.
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

/** Draws a text with the browser's line breaks. */
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

/** The background of the nearest ancestor that has one. */
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
