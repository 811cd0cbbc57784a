import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hashOf } from '$lib/base/hashBytes';
import type { Manifest } from './manifest';
import { openDataSet, ShardError } from './shards';
import { syntheticPack } from './testing';

/** A pack whose files arrive only when they are let in, one by one. */
function gated() {
	const { manifest, load } = syntheticPack();
	const open = new Map<string, () => void>();
	const asked: string[] = [];
	return {
		manifest,
		asked,
		letIn: async (file: string) => {
			while (!open.has(file)) await tick();
			open.get(file)!();
			await tick();
		},
		load: (file: string) => {
			asked.push(file);
			return new Promise<ArrayBuffer>((resolve) => open.set(file, () => resolve(load(file))));
		}
	};
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('arrival', () => {
	it('is ready as soon as the images asked for are there', async () => {
		const { manifest, load, letIn } = gated();
		const set = openDataSet(manifest, { load });
		let second = false;
		const first = set.ready('train', 20);
		void set.ready('train', 21).then(() => (second = true));
		await letIn('train-0.bin');
		await first;
		expect(second).toBe(false);
		expect(set.image('train', 19).pixels).toHaveLength(8 * 8 * 3);
		expect(() => set.image('train', 20)).toThrow(/train image 20 .* has not arrived/);
		await letIn('train-1.bin');
		await set.ready('train', 21);
		expect(second).toBe(true);
	});

	it('brings the first test shard after two training shards, the rest later', async () => {
		const { manifest, load } = syntheticPack();
		const asked: string[] = [];
		const set = openDataSet(manifest, { load: (file) => (asked.push(file), load(file)) });
		await set.ready('test', 30);
		expect(asked.map((file) => file.replace('.bin', ''))).toEqual([
			'train-0',
			'train-1',
			'test-0',
			'train-2',
			'test-1'
		]);
	});

	it('reports bytes as shards arrive', async () => {
		const { manifest, load } = syntheticPack();
		const progress: [number, number][] = [];
		const set = openDataSet(manifest, { load, onProgress: (...p) => progress.push(p) });
		await set.ready('test', 30);
		const total = progress[0][1];
		expect(progress).toHaveLength(5);
		expect(progress[0][0]).toBe(manifest.splits.train.shards[0].bytes);
		expect(progress.at(-1)).toEqual([total, total]);
	});

	it('gives back the images that were packed, in order, over the borders of shards', async () => {
		const { manifest, load, train, test } = syntheticPack();
		const set = openDataSet(manifest, { load });
		await Promise.all([set.ready('train', 50), set.ready('test', 30)]);
		const size = 8 * 8 * 3;
		for (const i of [0, 19, 20, 39, 49]) {
			const { pixels, label } = set.image('train', i);
			expect(label).toBe(train.labels[i]);
			expect(pixels).toEqual(train.pixels.subarray(i * size, (i + 1) * size));
		}
		expect(set.image('test', 29).label).toBe(test.labels[29]);
	});

	it('refuses images that the split does not have', async () => {
		const { manifest, load } = syntheticPack();
		const set = openDataSet(manifest, { load });
		await expect(set.ready('train', 51)).rejects.toThrow(/51 train images .* it has 50/);
		expect(() => set.image('train', 50)).toThrow(/train image 50 .* it has 50/);
		expect(() => set.image('test', -1)).toThrow(/test image -1/);
		await expect(set.ready('train', 0)).resolves.toBeUndefined();
	});
});

describe('a shard that cannot be used', () => {
	type Break = (file: string, contents: ArrayBuffer) => ArrayBuffer | Promise<ArrayBuffer>;

	function broken(wrong: string, breaking: Break, change: (manifest: Manifest) => Manifest) {
		const { manifest, load } = syntheticPack();
		let healed = false;
		const asked: string[] = [];
		const set = openDataSet(change(manifest), {
			load: async (file) => {
				asked.push(file);
				const contents = await load(file);
				return file === wrong && !healed ? breaking(file, contents) : contents;
			}
		});
		return { set, asked, heal: () => (healed = true) };
	}
	const same = (manifest: Manifest) => manifest;
	const failure = (ready: Promise<void>) =>
		ready.then(
			() => expect.unreachable('the shard was taken'),
			(error: ShardError) => error
		);

	const cases: [string, Break, RegExp, RegExp][] = [
		['missing', () => Promise.reject(new Error('HTTP 404')), /^\d+ bytes$/, /^HTTP 404$/],
		['truncated', (_, contents) => contents.slice(0, 100), /^\d+ bytes$/, /^100 bytes$/],
		['hash', (_, contents) => flipBit(contents), /^[0-9a-f]{64}$/, /^[0-9a-f]{64}$/]
	];
	it.each(cases)('%s: names the file, what was expected and got', async (code, breaking, e, g) => {
		const { set } = broken('train-1.bin', breaking, same);
		const error = await failure(set.ready('train', 50));
		expect(error).toBeInstanceOf(ShardError);
		expect(error).toMatchObject({ code, file: 'train-1.bin' });
		expect(error.expected).toMatch(e);
		expect(error.got).toMatch(g);
		expect(error.message).toContain('train-1.bin');
	});

	it('is fetched again on retry, and nothing else is', async () => {
		const { set, asked, heal } = broken('train-1.bin', (_, c) => flipBit(c), same);
		await failure(set.ready('train', 50));
		await set.ready('train', 20);
		await set.ready('test', 30); // the others arrived all the same
		await failure(set.ready('train', 21));
		expect(asked.filter((file) => file === 'train-1.bin')).toHaveLength(1);
		set.retry();
		await failure(set.ready('train', 21)); // still broken
		heal();
		set.retry();
		await set.ready('train', 50);
		expect(asked.filter((file) => file === 'train-1.bin')).toHaveLength(3);
		expect(asked).toHaveLength(4 + 3);
	});

	it.each([
		['gzip', new Uint8Array(5), 'gzip'],
		['too few images', gzipSync(new Uint8Array(193)), '20 images in 3860 bytes'],
		['a label without a class', gzipSync(new Uint8Array(20 * 193).fill(4)), 'labels below 4']
	])('corrupt behind a right hash: %s', async (_, bytes, expected) => {
		const contents = new Uint8Array(bytes);
		const { set } = broken(
			'train-0.bin',
			() => contents.buffer,
			(manifest) => withFirstShard(manifest, contents)
		);
		const error = await failure(set.ready('train', 1));
		expect(error).toMatchObject({ code: 'corrupt', file: 'train-0.bin', expected });
	});
});

function flipBit(contents: ArrayBuffer): ArrayBuffer {
	const bytes = new Uint8Array(contents.slice(0));
	bytes[bytes.length >> 1] ^= 1;
	return bytes.buffer;
}

function withFirstShard(manifest: Manifest, contents: Uint8Array): Manifest {
	const { train, test } = manifest.splits;
	const first = { ...train.shards[0], bytes: contents.length, sha256: hashOf(contents) };
	return {
		...manifest,
		splits: { train: { ...train, shards: [first, ...train.shards.slice(1)] }, test }
	};
}
