/** Which values of a set become black and white. */
import type { Warning } from './problem';

/** The values of a set that are found. */
export class Extent {
	least = Infinity;
	greatest = -Infinity;
	add(values: ArrayLike<number>): void {
		for (let i = 0; i < values.length; i++) {
			// Fractions may be infinite, or no numbers.
			if (values[i] < this.least && values[i] > -Infinity) this.least = values[i];
			if (values[i] > this.greatest && values[i] < Infinity) this.greatest = values[i];
		}
	}
}

/**
 * The range of whole numbers or fractions wider than a byte: 0 to 255 where they fit, 0 to 1 for fractions, else as many
 * bits as the largest needs (microscopes use 12 of 16), else from the least to the greatest.
 * @param full the greatest value of the type, which needs no warning; Infinity if it has none
 */
export function rangeOf(
	{ least, greatest }: Extent,
	whole: boolean,
	full = Infinity
): { readonly range: [black: number, white: number]; readonly warnings: Warning[] } {
	if (!Number.isFinite(least) || !Number.isFinite(greatest))
		return { range: [0, 255], warnings: [] };
	const said = (from: number, to: number): ReturnType<typeof rangeOf> => ({
		range: [from, to],
		warnings: [{ code: 'range', least, greatest, from, to }]
	});
	if (least >= 0 && !whole && greatest <= 1) return { range: [0, 1], warnings: [] };
	if (least < 0) return said(least, greatest > least ? greatest : least + 1);
	if (greatest <= 255)
		return full > 255 && full < Infinity ? said(0, 255) : { range: [0, 255], warnings: [] };
	if (!whole) return said(0, greatest);
	const white = 2 ** Math.ceil(Math.log2(greatest + 1)) - 1;
	return white === full ? { range: [0, white], warnings: [] } : said(0, white);
}
