/** Draws a network on canvases and into files: the view, the minimap, SVG and PNG. */
import { context2d } from '../context2d';
import { LEGEND, paint, paintLegend, transformOf, viewAt, type Picture } from './paint';
import { canvasPen, svgPen, type Pen } from './pen';

const FONT = 'system-ui, "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif';

export const MINIMAP = { width: 150, height: 26 };

/** Sizes a canvas in CSS pixels, with `ratio` device pixels each. */
function sized(target: HTMLCanvasElement, width: number, height: number, ratio: number) {
	target.width = Math.round(width * ratio);
	target.height = Math.round(height * ratio);
	const context = context2d(target);
	context.scale(ratio, ratio);
	return context;
}

export function drawOn(target: HTMLCanvasElement, picture: Picture): CanvasRenderingContext2D {
	const context = sized(target, picture.width, picture.height, devicePixelRatio || 1);
	paint(canvasPen(context, FONT), picture);
	return context;
}

/** Draws a picture over the canvas with the given opacity, to fade in a level of detail. */
export function fadeIn(target: HTMLCanvasElement, picture: Picture, opacity: number): void {
	const over = document.createElement('canvas');
	drawOn(over, picture);
	const context = context2d(target);
	context.globalAlpha = opacity;
	context.drawImage(over, 0, 0, picture.width, picture.height);
}

/** Draws the whole network, with a frame around the part in view. */
export function drawMinimap(target: HTMLCanvasElement, picture: Picture): void {
	const { layout, labels, palette, view, width } = picture;
	const { width: w, height: h } = MINIMAP;
	const small = viewAt(transformOf(layout, w, h), layout, h);
	const context = drawOn(target, {
		...picture,
		view: small,
		width: w,
		height: h,
		selected: null,
		labels: { ...labels, op: () => [], group: () => '', caption: () => [], content: () => [] }
	});
	const left = (-view.x / view.k) * small.k + small.x;
	const right = ((width - view.x) / view.k) * small.k + small.x;
	context.strokeStyle = palette.accent;
	context.lineWidth = 2;
	context.strokeRect(
		Math.max(1, left),
		1,
		Math.max(2, Math.min(w - 1, right) - Math.max(1, left)),
		h - 2
	);
}

/** Paints the view with its legend. */
function paintFile(pen: Pen, picture: Picture): void {
	const { width, height, palette, labels } = picture;
	pen.rect(0, 0, width, height + LEGEND, { fill: palette.surface });
	paint(pen, picture);
	paintLegend(pen, palette, labels, height + LEGEND / 2);
}

/** The text of an SVG file. */
export function svgFile(picture: Picture, name: string): string {
	const { pen, document } = svgPen(picture.width, picture.height + LEGEND, FONT, name);
	paintFile(pen, picture);
	return document();
}

/** A PNG file at twice the screen's resolution. */
export function pngFile(picture: Picture): Promise<Blob | null> {
	const target = document.createElement('canvas');
	const context = sized(target, picture.width, picture.height + LEGEND, 2);
	paintFile(canvasPen(context, FONT), picture);
	return new Promise((resolve) => target.toBlob(resolve, 'image/png'));
}
