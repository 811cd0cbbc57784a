/**
 * Images made from a seed, with classes that can be learned: for tests of any shape, colour above all.
 * Never shown as if they were real.
 */
import type { ImageShape } from '$lib/base/image';
import type { LabelledImages } from './pack';
import { drawInteger, drawUnit, randomStream } from '$lib/base/random';

const NOISE = 50;

/**
 * Each class is a pattern of stripes of its own direction and colours; each image is its class's
 * pattern with noise. `index` tells splits of one seed apart: the classes are the same, the noise is not.
 */
export function syntheticImages({
	seed,
	index,
	count,
	shape: [height, width, channels],
	classes
}: {
	readonly seed: number;
	readonly index: number;
	readonly count: number;
	readonly shape: ImageShape;
	readonly classes: number;
}): LabelledImages {
	const random = randomStream(seed, 'synthetic', index);
	const size = height * width * channels;
	const pixels = new Uint8Array(count * size);
	const labels = new Uint8Array(count);
	for (let n = 0; n < count; n++) {
		const label = drawInteger(random, 0, classes - 1);
		labels[n] = label;
		const angle = (Math.PI * label) / classes;
		for (let i = 0; i < size; i++) {
			const c = i % channels;
			const x = Math.floor(i / channels) % width;
			const y = Math.floor(i / channels / width);
			const along = (x / width) * Math.cos(angle) + (y / height) * Math.sin(angle);
			const stripes = Math.cos(2 * Math.PI * (2 * along + (c * label) / classes));
			const noise = (drawUnit(random) - 0.5) * 2 * NOISE;
			pixels[n * size + i] = Math.round(127 + 70 * stripes + noise); // 7 … 247
		}
	}
	return { pixels, labels };
}
