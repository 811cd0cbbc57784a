/** Texts in a drawing of a network: chooses one of several that fits a box, and places its lines. Units are pixels. */
import { textWidth, type Pen, type TextStyle } from './pen';
import type { Rect } from './layout';

/** Smallest font size in pixels; smaller text could not be read. */
export const SMALLEST = 11;
const LARGEST = 12;
/** Line spacing as a multiple of the font size. */
const LINE = 1.2;

export type Lines = readonly string[];

/** Writes the first text that fits a box, as large as possible, centred or from the upper left corner; returns whether one fitted. */
export function write(
	pen: Pen,
	texts: readonly Lines[],
	{ x, y, width, height }: Rect,
	style: Omit<TextStyle, 'size'>
): boolean {
	for (const lines of texts)
		for (let size = LARGEST; size >= SMALLEST; size--) {
			if (lines.length * size * LINE > height) continue;
			if (lines.some((line) => textWidth(line, size, style.bold) > width)) continue;
			const [left, top] =
				style.align === 'start'
					? [x, y]
					: [x + width / 2, y + (height - lines.length * size * LINE) / 2];
			lines.forEach((line, i) =>
				pen.text(left, top + (i + 0.5) * size * LINE, line, { ...style, size })
			);
			return lines.length > 0;
		}
	return false;
}

/**
 * Texts for the content of a box, from complete to short. Rows are consecutive parts or, in a module, parallel
 * branches; the parts of a row are consecutive: `1×1, 96 → 3×3, 128`.
 */
export function contentTexts(rows: readonly Lines[]): Lines[] {
	const joined = (parts: Lines) => parts.join(' → ');
	const kernels = rows.map((parts) => parts.map((part) => part.split(', ')[0]));
	/** Of each branch only what is not a 1×1 convolution, if there is anything else. */
	const main = kernels.map((parts) => parts.find((part) => part !== '1×1') ?? parts[0]);
	return [
		rows.map(joined),
		rows.flatMap((parts) => parts.map((part, i) => (i < parts.length - 1 ? `${part} →` : part))),
		...(rows.length === 1 ? [rows[0].flatMap((part) => part.split(', '))] : []),
		kernels.map(joined),
		...(rows.length > 1 ? [main] : [])
	];
}
