/** Lays a coarse map over a picture. */
import type { FeatureMap } from '$lib/lab';
import { shadeOf } from './pixels';

/** The share of the map's colour where its value is as large as the limit. */
const STRONGEST = 0.65;

/** The value of a map `[H, W, 1]` at the middle of pixel (x, y) of a square image, between the middles of its cells. */
export function between({ shape: [height, width], values }: FeatureMap, side: number) {
	const place = (at: number, cells: number) =>
		Math.min(cells - 1, Math.max(0, ((at + 0.5) * cells) / side - 0.5));
	return (x: number, y: number): number => {
		const [column, row] = [place(x, width), place(y, height)];
		const [left, top] = [Math.floor(column), Math.floor(row)];
		const [right, below] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)];
		const mix = (a: number, b: number, share: number) => a + (b - a) * share;
		const at = (r: number, c: number) => values[r * width + c];
		return mix(
			mix(at(top, left), at(top, right), column - left),
			mix(at(below, left), at(below, right), column - left),
			row - top
		);
	};
}

/**
 * A square picture without its colours, with the map's colours where it is far from 0.
 * @param picture RGBA, `side` pixels wide and high
 * @returns RGBA
 */
export function overlaid(
	picture: Uint8ClampedArray,
	side: number,
	map: FeatureMap,
	limit: number
): Uint8ClampedArray<ArrayBuffer> {
	const rgba = new Uint8ClampedArray(side * side * 4);
	const valueAt = between(map, side);
	for (let i = 0; i < side * side; i++) {
		const value = valueAt(i % side, Math.floor(i / side));
		const shade = shadeOf(value, limit);
		const share = limit > 0 ? STRONGEST * Math.min(1, Math.abs(value) / limit) : 0;
		const grey = 0.299 * picture[4 * i] + 0.587 * picture[4 * i + 1] + 0.114 * picture[4 * i + 2];
		for (let c = 0; c < 3; c++) rgba[4 * i + c] = grey + (shade[c] - grey) * share;
		rgba[4 * i + 3] = 255;
	}
	return rgba;
}
