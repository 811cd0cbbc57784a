/**
 * Converts the bytes of an image to a network's input: standardised per channel, optionally at
 * half size, cropped and flipped at random. Pure functions.
 */
import type { ImageShape } from '$lib/base/image';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Manifest } from './manifest';
import { drawInteger } from '$lib/base/random';

export interface Preprocessing {
	/** Whether to average 2×2 pixels, for a quarter of the work. */
	readonly halve: boolean;
}

/** Sides are padded to a multiple of this, because the networks halve the image twice. */
const SIDE_MULTIPLE = 4;

/** The paper's padding before a random crop (§4.2), for images at full size. */
const CROP_PADDING = 4;

/**
 * Shape `[H, W, C]` of the images after preprocessing. Sides are padded to a multiple of 4:
 * 28 stays 28, and halved becomes 14, padded to 16.
 * @throws RangeError if an odd side is to be halved
 */
export function inputShape(
	{ shape: [height, width, channels] }: Pick<Manifest, 'shape'>,
	{ halve }: Preprocessing
): ImageShape {
	const side = (size: number) => Math.ceil(content(size, halve) / SIDE_MULTIPLE) * SIDE_MULTIPLE;
	return [side(height), side(width), channels];
}

/** Length of a side after halving, before padding. */
function content(size: number, halve: boolean): number {
	if (!halve) return size;
	if (size % 2) throw new RangeError(`a side of ${size} pixels is odd and cannot be halved`);
	return size / 2;
}

/**
 * Writes one image to `target`, `[H, W, C]` of `inputShape`: `(v / 255 − mean) / std` per channel, of the mean of 2×2
 * pixels if halved. Padding with zeros comes AFTER standardising, so it has the mean colour, not black.
 */
export function standardise(
	pixels: Uint8Array,
	manifest: Pick<Manifest, 'shape' | 'mean' | 'std'>,
	{ halve }: Preprocessing,
	target: Float32Array
): void {
	const [height, width, channels] = manifest.shape;
	const [targetHeight, targetWidth] = inputShape(manifest, { halve });
	const rows = content(height, halve);
	const columns = content(width, halve);
	const top = (targetHeight - rows) >> 1;
	const left = (targetWidth - columns) >> 1;
	const step = halve ? 2 : 1;
	const right = halve ? channels : 0;
	const below = halve ? width * channels : 0;
	target.fill(0);
	for (let c = 0; c < channels; c++) {
		const mean = manifest.mean[c];
		const std = manifest.std[c];
		for (let y = 0; y < rows; y++) {
			for (let x = 0; x < columns; x++) {
				const i = (y * step * width + x * step) * channels + c;
				// At full size, all four are the same pixel.
				const sum = pixels[i] + pixels[i + right] + pixels[i + below] + pixels[i + right + below];
				target[((y + top) * targetWidth + x + left) * channels + c] =
					(sum / (4 * 255) - mean) / std;
			}
		}
	}
}

/** The bytes of standardised images `[N, H, W, C]`, to look at: the reverse of `standardise` but for its rounding. */
export const standardisedBytes = (
	images: Float32Array,
	{ mean, std }: Pick<Manifest, 'mean' | 'std'>
): Uint8Array<ArrayBuffer> =>
	// Clamping rounds to the nearest byte.
	new Uint8Array(
		Uint8ClampedArray.from(images, (value, i) => {
			const channel = i % mean.length;
			return (value * std[channel] + mean[channel]) * 255;
		})
	);

/** A move of one image: a shift in pixels (zeros fill the gap), then optionally a horizontal flip. */
export interface Move {
	readonly down: number;
	readonly right: number;
	readonly flip: boolean;
}

/**
 * Draws the paper's augmentation (§4.2): a crop of the original size out of the image with 4 zeros on
 * each side, and a flip in half of the cases. Halved images get 2 zeros, the same share of a side.
 */
export function drawMove(random: RandomGenerator, { halve }: Preprocessing): Move {
	const padding = halve ? CROP_PADDING / 2 : CROP_PADDING;
	return {
		down: drawInteger(random, -padding, padding),
		right: drawInteger(random, -padding, padding),
		flip: drawInteger(random, 0, 1) === 1
	};
}

/** Writes the moved `image` to `target`, both `[H, W, C]`. */
export function moveImage(
	image: Float32Array,
	[height, width, channels]: ImageShape,
	{ down, right, flip }: Move,
	target: Float32Array
): void {
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const fromY = y - down;
			const fromX = (flip ? width - 1 - x : x) - right;
			const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width;
			for (let c = 0; c < channels; c++)
				target[(y * width + x) * channels + c] = inside
					? image[(fromY * width + fromX) * channels + c]
					: 0;
		}
	}
}
