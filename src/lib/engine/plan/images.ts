/** Lays a batch out as the first map of a plan. */
import type { Batch } from '$lib/base/image';
import { mapSize, padded } from './plan';

/**
 * Writes the images of a batch into a map `[N][H + 2][W + 2][C]`, C padded, in the layout of `plan.ts`. Does not touch
 * the border and the padding, which are zeros.
 */
export function layOutImages(
	{ images, shape: [count, height, width, channels] }: Batch,
	map: Float32Array
): void {
	const image = mapSize({ height, width, channels });
	const pixel = padded(channels);
	const row = (width + 2) * pixel;
	let from = 0;
	for (let n = 0; n < count; n++)
		for (let y = 0; y < height; y++)
			for (let x = 0, to = n * image + (y + 1) * row + pixel; x < width; x++, to += pixel)
				for (let c = 0; c < channels; c++) map[to + c] = images[from++];
}
