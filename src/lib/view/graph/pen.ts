/** The interface for drawing, so that the screen and exported files show the same. Units are pixels, y points downwards. */

export interface Stroke {
	readonly colour: string;
	readonly width?: number;
	readonly dash?: readonly number[];
	/** 0…1. */
	readonly opacity?: number;
}

export interface TextStyle {
	readonly size: number;
	readonly colour: string;
	readonly align?: 'start' | 'middle';
	readonly bold?: boolean;
}

export type Point = readonly [x: number, y: number];

export interface Pen {
	rect(x: number, y: number, width: number, height: number, style: RectStyle): void;
	/** Draws a line through all points with corners of the given radius in pixels, or a curve from the first to the last. */
	line(points: readonly Point[], stroke: Stroke, shape: { radius: number } | 'curve'): void;
	/** Writes a text, vertically centred on y. */
	text(x: number, y: number, text: string, style: TextStyle): void;
}

export interface RectStyle {
	readonly fill?: string;
	/** Opacity of the fill, 0…1. */
	readonly opacity?: number;
	readonly stroke?: Stroke;
	readonly radius?: number;
}

/** Estimated width of a text in a wide typeface, so that text which might not fit is left out. Chinese characters are as wide as high. */
export function textWidth(text: string, size: number, bold = false): number {
	let width = 0;
	for (const c of text)
		width += c > '\u2e7f' ? 1 : '×→MWmw'.includes(c) ? 0.86 : ' ,.·:il'.includes(c) ? 0.32 : 0.62;
	return width * size * (bold ? 1.12 : 1);
}

export function canvasPen(context: CanvasRenderingContext2D, font: string): Pen {
	const stroke = ({ colour, width = 1, dash = [], opacity = 1 }: Stroke) => {
		context.globalAlpha = opacity;
		context.strokeStyle = colour;
		context.lineWidth = width;
		context.setLineDash([...dash]);
		context.stroke();
		context.globalAlpha = 1;
	};
	return {
		rect(x, y, width, height, style) {
			context.beginPath();
			if (style.radius) context.roundRect(x, y, width, height, style.radius);
			else context.rect(x, y, width, height);
			if (style.fill) {
				context.globalAlpha = style.opacity ?? 1;
				context.fillStyle = style.fill;
				context.fill();
				context.globalAlpha = 1;
			}
			if (style.stroke) stroke(style.stroke);
		},
		line(points, style, shape) {
			const [[x0, y0], ...rest] = points;
			context.beginPath();
			context.moveTo(x0, y0);
			if (shape === 'curve') {
				const [x1, y1] = points[points.length - 1];
				const middle = (x0 + x1) / 2;
				context.bezierCurveTo(middle, y0, middle, y1, x1, y1);
			} else
				rest.forEach(([x, y], i) => {
					const next = rest[i + 1];
					if (next) context.arcTo(x, y, next[0], next[1], shape.radius);
					else context.lineTo(x, y);
				});
			stroke(style);
		},
		text(x, y, text, { size, colour, align = 'middle', bold }) {
			context.font = `${bold ? '600 ' : ''}${size}px ${font}`;
			context.fillStyle = colour;
			context.textAlign = align === 'middle' ? 'center' : 'left';
			context.textBaseline = 'middle';
			context.fillText(text, x, y);
		}
	};
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (c) => escapes[c]);
const short = (value: number) => Number(value.toFixed(2));

/** Collects elements of an SVG document of the given size. */
export function svgPen(width: number, height: number, font: string, title: string) {
	const elements: string[] = [];
	const strokeOf = ({ colour, width: w = 1, dash, opacity = 1 }: Stroke) =>
		`stroke="${colour}" stroke-width="${w}"${opacity < 1 ? ` stroke-opacity="${short(opacity)}"` : ''}${dash?.length ? ` stroke-dasharray="${dash.join(' ')}"` : ''}`;
	const pen: Pen = {
		rect(x, y, w, h, { fill, stroke, radius, opacity = 1 }) {
			elements.push(
				`<rect x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}"${radius ? ` rx="${radius}"` : ''} fill="${fill ?? 'none'}"${opacity < 1 ? ` fill-opacity="${short(opacity)}"` : ''}${stroke ? ` ${strokeOf(stroke)}` : ''}/>`
			);
		},
		line(points, style, shape) {
			const at = ([x, y]: Point) => `${short(x)} ${short(y)}`;
			let d = `M${at(points[0])}`;
			if (shape === 'curve') {
				const [x0, y0] = points[0];
				const [x1, y1] = points[points.length - 1];
				const middle = short((x0 + x1) / 2);
				d += `C${middle} ${short(y0)} ${middle} ${short(y1)} ${at([x1, y1])}`;
			} else
				for (let i = 1; i < points.length; i++) {
					const next = points[i + 1];
					if (!next) {
						d += `L${at(points[i])}`;
						continue;
					}
					d += `L${at(towards(points[i], points[i - 1], shape.radius))}Q${at(points[i])} ${at(towards(points[i], next, shape.radius))}`;
				}
			elements.push(`<path d="${d}" fill="none" ${strokeOf(style)}/>`);
		},
		text(x, y, text, { size, colour, align = 'middle', bold }) {
			elements.push(
				`<text x="${short(x)}" y="${short(y)}" font-size="${short(size)}" fill="${colour}" text-anchor="${align}" dominant-baseline="central"${bold ? ' font-weight="600"' : ''}>${escaped(text)}</text>`
			);
		}
	};
	const document = () =>
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${short(width)} ${short(height)}" width="${short(width)}" height="${short(height)}" font-family="${escaped(font)}"><title>${escaped(title)}</title>\n${elements.join('\n')}\n</svg>\n`;
	return { pen, document };
}

/** The point on the way from one corner to the next, at most `radius` away and not beyond the middle. */
function towards([x, y]: Point, [tx, ty]: Point, radius: number): Point {
	const length = Math.hypot(tx - x, ty - y) || 1;
	const share = Math.min(0.5, radius / length);
	return [x + (tx - x) * share, y + (ty - y) * share];
}
