/**
 * From a picture to the input of an ImageNet network: the short side is scaled to 256 pixels, the middle is cut out, and
 * the values are standardised as the weights expect.
 */
import { toImage, type Raster } from '$lib/data/import/raster';

/** Length of the short side before the middle is cut out, as in torchvision's evaluation. */
const SHORT_SIDE = 256;

/**
 * How weights expect pixels, by where they were trained.
 * - `torchvision`: RGB of 0 to 1, minus the mean and divided by the deviation of ImageNet's channels (torchvision, timm)
 * - `caffe`: BGR of 0 to 255, minus the mean (Caffe's own models and their conversions)
 */
export const CONVENTIONS = ['torchvision', 'caffe'] as const;
export type Convention = (typeof CONVENTIONS)[number];

interface Standardisation {
	/** The channel of the picture that each channel of the input is. */
	readonly channels: readonly [number, number, number];
	/** Subtracted from values of 0 to 255, in the order of the picture's channels; then they are divided. */
	readonly mean: readonly [number, number, number];
	readonly deviation: readonly [number, number, number];
}

const STANDARDISATIONS: { readonly [C in Convention]: Standardisation } = {
	torchvision: {
		channels: [0, 1, 2],
		mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
		deviation: [0.229 * 255, 0.224 * 255, 0.225 * 255]
	},
	caffe: { channels: [2, 1, 0], mean: [123, 117, 104], deviation: [1, 1, 1] }
};

/**
 * The middle of a picture whose short side is scaled to 256 pixels, bytes `[side, side, 3]`. Scaling is the average over
 * the area of a pixel, where torchvision weighs by a triangle; the difference is a few steps of 255.
 * @param side at most 256
 */
export function cutOut(raster: Raster, side: number): Uint8Array<ArrayBuffer> {
	const square = toImage(raster, {
		...{ side: SHORT_SIDE, channels: 3, fit: 'cut', background: 'white', turn: 'none' }
	});
	const edge = Math.round((SHORT_SIDE - side) / 2);
	const cut = new Uint8Array(side * side * 3);
	for (let y = 0; y < side; y++) {
		const from = ((edge + y) * SHORT_SIDE + edge) * 3;
		cut.set(square.subarray(from, from + side * 3), y * side * 3);
	}
	return cut;
}

/** Values of the input for bytes `[side, side, 3]`, in the same order. */
export function standardised(pixels: Uint8Array, convention: Convention): Float32Array {
	const { channels, mean, deviation } = STANDARDISATIONS[convention];
	return Float32Array.from(pixels, (_, i) => {
		const c = channels[i % 3];
		return (pixels[i - (i % 3) + c] - mean[c]) / deviation[c];
	});
}
