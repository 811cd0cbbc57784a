/** Texts in a drawing of a network: which of several fits a box, and where its lines stand. Pixels. */
import { textWidth, type Pen, type TextStyle } from './pen';
import type { Rect } from './layout';

/** Nothing smaller is written: it could not be read. */
export const SMALLEST = 11;
const LARGEST = 12;
/** Between lines, as a multiple of the size. */
const LINE = 1.2;

export type Lines = readonly string[];

/** Writes the first of some texts that fits a box, as large as it fits, in its middle or from its upper left corner; says whether there was one. */
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
 * What is in a box, from all of it to what still fits a small one. Rows are what follows one another or, in a module,
 * what is side by side; the parts of a row follow one another: `1×1, 96 → 3×3, 128`.
 */
export function contentTexts(rows: readonly Lines[]): Lines[] {
	const joined = (parts: Lines) => parts.join(' → ');
	const kernels = rows.map((parts) => parts.map((part) => part.split(', ')[0]));
	return [
		rows.map(joined),
		rows.flatMap((parts) => parts.map((part, i) => (i < parts.length - 1 ? `${part} →` : part))),
		...(rows.length === 1 ? [rows[0].flatMap((part) => part.split(', '))] : []),
		kernels.map(joined)
	];
}
