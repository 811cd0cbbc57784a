/** Maps of the first layers are larger than a picture of all their channels can show. */
import type { FeatureMap } from '$lib/classify';

/** Longest side that is drawn, in pixels. */
const MOST_SIDE = 112;

/** The distance between the pixels of a map that are drawn: 1 if all are. */
export const stepOf = ({ shape }: FeatureMap): number =>
	shape.length === 3 ? Math.ceil(Math.max(shape[0], shape[1]) / MOST_SIDE) : 1;

/** Every `step`-th pixel of a map in both directions. */
export function thinned(map: FeatureMap, step: number): FeatureMap {
	if (step === 1) return map;
	const [height, width, channels] = map.shape;
	const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
	const values = new Float32Array(rows * columns * channels);
	for (let y = 0; y < rows; y++)
		for (let x = 0; x < columns; x++) {
			const from = (y * step * width + x * step) * channels;
			values.set(map.values.subarray(from, from + channels), (y * columns + x) * channels);
		}
	return { shape: [rows, columns, channels], values };
}
