import { beforeEach, describe, expect, it } from 'vitest';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { parseManifest } from '../manifest';
import { drawInteger } from '$lib/base/random';
import { openDataSet } from '../shards';
import { importImages, ImportError, type Brought, type PictureOptions } from '.';
import { brought, cifarArchive, cifarRecords, idxFiles } from './testing';

/** A picture whose file is its pixels. */
const pictures: PictureOptions = {
	side: 4,
	channels: 1,
	decode: async (blob, side, channels) => {
		const bytes = new Uint8Array(await blob.arrayBuffer());
		if (bytes.length !== side * side * channels) throw new Error('not a picture');
		return bytes;
	}
};
let kept = new Map<string, Uint8Array>();
beforeEach(() => (kept = new Map()));

const read = (files: readonly Brought[]) =>
	importImages(
		files,
		pictures,
		async (file, bytes) => void kept.set(file, bytes),
		() => {}
	);

/** The data set that was kept, as the training worker opens it. */
async function opened(files: readonly Brought[]) {
	const { manifest } = await read(files);
	expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
	const set = openDataSet(manifest, {
		load: async (file) => new Uint8Array(kept.get(file)!).buffer
	});
	await set.ready('train', manifest.splits.train.count);
	await set.ready('test', manifest.splits.test.count);
	return set;
}

async function refused(files: readonly Brought[]): Promise<ImportError> {
	const error = await read(files).then(
		() => null,
		(e: unknown) => e
	);
	expect(error).toBeInstanceOf(ImportError);
	return error as ImportError;
}

describe('CIFAR-10', () => {
	it('is read from its archive: planes become pixels, batches one split', async () => {
		const set = await opened(brought([['cifar-10-binary.tar.gz', await cifarArchive(7)]]));
		const { manifest } = set;
		expect(manifest.shape).toEqual([32, 32, 3]);
		expect(manifest.splits.train.count).toBe(14);
		expect(manifest.splits.test.count).toBe(7);
		expect(manifest.mean).toEqual([0.4914, 0.4822, 0.4465]);
		expect(manifest.id).toMatch(/^own-[0-9a-f]{12}$/);
		const records = cifarRecords(1, 7);
		const { pixels, label } = set.image('train', 7 + 2);
		expect(label).toBe(records[2 * 3073]);
		for (const [pixel, channel] of [
			[0, 0],
			[517, 1],
			[1023, 2]
		])
			expect(pixels[pixel * 3 + channel]).toBe(records[2 * 3073 + 1 + channel * 1024 + pixel]);
	});

	it('is read from loose batches, and the same files give the same id', async () => {
		const files = brought([
			['data_batch_1.bin', cifarRecords(0, 3)],
			['test_batch.bin', cifarRecords(2, 3)]
		]);
		const [one, two] = [await read(files), await read(files)];
		expect(one.manifest.id).toBe(two.manifest.id);
		expect(one.manifest.splits.train.count).toBe(3);
	});

	it('says what is missing, and where a batch is cut or a label wrong', async () => {
		const train = cifarRecords(0, 3);
		const test = cifarRecords(2, 3);
		const without = await refused(brought([['data_batch_1.bin', train]]));
		expect(without.expected).toBe('a file test_batch.bin');
		const cut = await refused(
			brought([
				['data_batch_1.bin', train.subarray(0, 4000)],
				['test_batch.bin', test]
			])
		);
		expect(cut).toMatchObject({ file: 'data_batch_1.bin', offset: 4000 });
		const wrong = train.slice();
		wrong[3073] = 10;
		const label = await refused(
			brought([
				['data_batch_1.bin', wrong],
				['test_batch.bin', test]
			])
		);
		expect(label).toMatchObject({ offset: 3073, expected: 'a label from 0 to 9', found: '10' });
	});
});

describe('IDX files', () => {
	it.each([false, true])('are read, gzipped: %s', async (gzipped) => {
		const set = await opened(brought(idxFiles(20, gzipped)));
		const { manifest } = set;
		expect(manifest.shape).toEqual([12, 12, 1]);
		expect(manifest.splits.train.count).toBe(20);
		expect(manifest.splits.test.count).toBe(10);
		const images = idxFiles(20).get('train-images-idx3-ubyte')!;
		expect([...set.image('train', 5).pixels]).toEqual([
			...images.subarray(16 + 5 * 144, 16 + 6 * 144)
		]);
		const all = images.subarray(16);
		const mean = all.reduce((sum, v) => sum + v, 0) / all.length / 255;
		expect(manifest.mean[0]).toBeCloseTo(mean, 10);
	});

	it('say what is wrong by file and byte', async () => {
		const change = (name: string, edit: (bytes: Uint8Array) => Uint8Array) => {
			const files = idxFiles(20);
			files.set(name, edit(files.get(name)!.slice()));
			return brought(files);
		};
		const put = (at: number, value: number) => (bytes: Uint8Array) => {
			bytes[at] = value;
			return bytes;
		};
		expect(await refused(change('train-labels-idx1-ubyte', put(8 + 4, 11)))).toMatchObject({
			file: 'train-labels-idx1-ubyte',
			offset: 12,
			found: '11'
		});
		expect(await refused(change('t10k-images-idx3-ubyte', put(2, 9)))).toMatchObject({
			offset: 0,
			found: '0x00000903'
		});
		expect(
			await refused(change('train-images-idx3-ubyte', (bytes) => bytes.subarray(0, 1000)))
		).toMatchObject({ file: 'train-images-idx3-ubyte', offset: 1000 });
		expect(await refused(change('t10k-labels-idx1-ubyte', put(7, 9)))).toMatchObject({
			offset: 4,
			found: '9'
		});
		const three = brought([...idxFiles(20)].slice(0, 3));
		expect((await refused(three)).expected).toContain('t10k-labels-idx1-ubyte');
	});
});

describe('a folder of pictures', () => {
	const folderOf = (paths: readonly string[]) =>
		brought(paths.map((path, i) => [path, new Uint8Array(16).fill(i)] as const));
	const pets = ['cat', 'dog'].flatMap((pet) =>
		Array.from({ length: 12 }, (_, i) => `pets/${pet}/${String(i).padStart(2, '0')}.png`)
	);

	it('has a class for each folder, and every sixth picture tests', async () => {
		const set = await opened(folderOf(pets));
		expect(set.manifest.classes).toEqual(['cat', 'dog']);
		expect(set.manifest.splits.train.count).toBe(20);
		expect(set.manifest.splits.test.count).toBe(4);
		const labels = Array.from({ length: 10 }, (_, i) => set.image('train', i).label);
		expect(new Set(labels).size).toBe(2);
	});

	it('takes the splits that are given', async () => {
		const set = await opened(
			folderOf(['a/train/cat/1.png', 'a/train/dog/1.png', 'a/test/cat/2.png', 'a/test/dog/2.png'])
		);
		expect(set.manifest.classes).toEqual(['cat', 'dog']);
		expect(set.manifest.splits.test.count).toBe(2);
	});

	it('refuses one class, no folders, and what is no picture', async () => {
		expect((await refused(folderOf(['pets/cat/1.png', 'pets/cat/2.png']))).found).toContain('cat');
		expect((await refused(folderOf(['1.png', '2.png']))).expected).toContain('folder');
		const broken = folderOf(pets);
		const bad = [{ path: broken[3].path, blob: new Blob(['no']) }, ...broken.toSpliced(3, 1)];
		expect(await refused(bad)).toMatchObject({ file: broken[3].path, found: 'not a picture' });
		expect((await refused(brought([['notes.txt', new Uint8Array(3)]]))).found).toBe('notes.txt');
	});
});

describe('damaged files', () => {
	/** Flips, cuts, inserts and repeats bytes. */
	function damaged(bytes: Uint8Array, seed: number): Uint8Array {
		const random = xoroshiro128plus(seed);
		const at = drawInteger(random, 0, bytes.length - 1);
		switch (seed % 4) {
			case 0: {
				const copy = bytes.slice();
				for (let i = 0; i < 3; i++)
					copy[drawInteger(random, 0, copy.length - 1)] ^= 1 << (seed % 8);
				return copy;
			}
			case 1:
				return bytes.slice(0, at);
			case 2: {
				const longer = new Uint8Array(bytes.length + 5);
				longer.set(bytes.subarray(0, at));
				longer.set(bytes.subarray(at), at + 5);
				return longer;
			}
			default: {
				const copy = bytes.slice();
				copy.copyWithin(at, 0, Math.min(600, at));
				return copy;
			}
		}
	}

	it('give a set that opens, or the reader’s own error, and nothing else', async () => {
		const archive = await cifarArchive(2);
		let refusals = 0;
		for (let seed = 0; seed < 240; seed++) {
			kept = new Map();
			const files =
				seed % 3 === 0
					? brought([['cifar-10-binary.tar.gz', damaged(archive, seed)]])
					: (() => {
							const all = [...idxFiles(8, seed % 3 === 2)];
							const [name, bytes] = all[seed % 4];
							return brought(all.with(seed % 4, [name, damaged(bytes, seed)]));
						})();
			try {
				await opened(files);
			} catch (error) {
				expect(error, `seed ${seed}`).toBeInstanceOf(ImportError);
				expect((error as ImportError).file).not.toBe('');
				refusals++;
			}
		}
		expect(refusals).toBeGreaterThan(120);
	}, 60_000);
});
