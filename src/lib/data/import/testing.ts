/** Small files in the formats of CIFAR-10 and MNIST, made from a seed, for tests. */
import { gzipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { syntheticImages } from '../testing';
import type { Brought } from './bytes';

const blobOf = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);

/** Records of CIFAR-10's binary version. */
export function cifarRecords(index: number, count: number): Uint8Array {
	const { pixels, labels } = syntheticImages({
		seed: 3,
		index,
		count,
		shape: [32, 32, 3],
		classes: 10
	});
	const records = new Uint8Array(count * 3073);
	for (let n = 0; n < count; n++) {
		records[n * 3073] = labels[n];
		for (let i = 0; i < 1024; i++)
			for (let c = 0; c < 3; c++)
				records[n * 3073 + 1 + c * 1024 + i] = pixels[(n * 1024 + i) * 3 + c];
	}
	return records;
}

/** An archive like `cifar-10-binary.tar.gz`, with so many images in each batch. */
export async function cifarArchive(count: number): Promise<Uint8Array> {
	const file = (name: string, body: Uint8Array) => ({
		header: { name: `cifar-10-batches-bin/${name}`, size: body.length },
		body
	});
	const tar = await packTar([
		file('batches.meta.txt', new TextEncoder().encode('airplane\n')),
		file('data_batch_1.bin', cifarRecords(0, count)),
		file('data_batch_2.bin', cifarRecords(1, count)),
		file('test_batch.bin', cifarRecords(2, count))
	]);
	return gzipSync(new Uint8Array(tar));
}

function idxBytes(magic: number, axes: readonly number[], values: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(4 + 4 * axes.length + values.length);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, magic);
	axes.forEach((length, i) => view.setUint32(4 + 4 * i, length));
	bytes.set(values, 4 + 4 * axes.length);
	return bytes;
}

/** The four files of MNIST with so many training images, half as many to test, 12×12 pixels. */
export function idxFiles(count: number, gzipped = false): Map<string, Uint8Array> {
	const files = new Map<string, Uint8Array>();
	for (const [index, [name, size]] of (
		[
			['train', count],
			['t10k', count / 2]
		] as const
	).entries()) {
		const { pixels, labels } = syntheticImages({
			seed: 4,
			index,
			count: size,
			shape: [12, 12, 1],
			classes: 10
		});
		files.set(`${name}-images-idx3-ubyte`, idxBytes(0x0803, [size, 12, 12], pixels));
		files.set(`${name}-labels-idx1-ubyte`, idxBytes(0x0801, [size], labels));
	}
	if (!gzipped) return files;
	return new Map([...files].map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]));
}

export const brought = (files: Iterable<readonly [string, Uint8Array]>): Brought[] =>
	[...files].map(([path, bytes]) => ({ path, blob: blobOf(bytes) }));
