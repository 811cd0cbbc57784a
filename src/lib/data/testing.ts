/** A small colour pack in memory for this folder's tests: 50 + 30 images of 8×8×3 in shards of 20. */
import type { ImageShape } from '$lib/base/image';
import { gzipSync } from 'node:zlib';
import type { Manifest } from './manifest';
import { packSplit } from './pack';
import { syntheticImages } from './synthetic';

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
