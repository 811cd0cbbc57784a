/** Test data: synthetic images with classes that can be learned, and a small colour pack of them in memory. */
import type { ImageShape } from '$lib/base/image';
import { gzipSync } from 'fflate';
import type { Manifest } from './manifest';
import { packSplit, type LabelledImages } from './pack';
import { drawInteger, drawUnit, randomStream } from '$lib/base/random';

const NOISE = 50;

/**
 * Each class is a pattern of stripes with its own direction and colours; each image is its class's pattern with noise.
 * Splits of one seed differ in `index`: same classes, different noise.
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

/** A pack of 50 + 30 images of 8×8×3 in shards of 20. */
export function syntheticPack(shape: ImageShape = [8, 8, 3]) {
	const classes = 4;
	const train = syntheticImages({ seed: 7, index: 0, count: 50, shape, classes });
	const test = syntheticImages({ seed: 7, index: 1, count: 30, shape, classes });
	const gzip = (contents: Uint8Array) => gzipSync(contents);
	const packedTrain = packSplit('train', train, 20, gzip);
	const packedTest = packSplit('test', test, 20, gzip);
	const files = new Map([...packedTrain.files, ...packedTest.files]);
	const manifest: Manifest = {
		version: 1,
		id: 'stripes',
		title: 'Stripes',
		shape,
		classes: ['a', 'b', 'c', 'd'],
		mean: Array<number>(shape[2]).fill(0.5),
		std: Array.from({ length: shape[2] }, (_, c) => 0.2 + 0.1 * c),
		source: 'a seed',
		licence: { name: 'MIT', copyright: 'nobody', file: 'LICENSE.txt' },
		splits: { train: packedTrain.info, test: packedTest.info }
	};
	return {
		manifest,
		train,
		test,
		load: async (file: string): Promise<ArrayBuffer> => new Uint8Array(files.get(file)!).buffer
	};
}
