/** Tests that an exported project makes a pack again from the folder of pictures; skipped without NumPy and Pillow. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import { gunzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { look, NO_CHOICES, type Choices } from '$lib/data/import';
import { brought, jpegOf, picture } from '$lib/data/import/testing';
import { DECODERS } from '$lib/data/import/nodeDecoders';
import { findPython } from '../../../scripts/python.mjs';
import imagesPy from './files/images.py?raw';

const PYTHON = findPython('numpy, PIL');

/** Pictures of all kinds: oblong, larger and smaller than the images, transparent, in grey, of 16 bits. */
function pictures(): [path: string, bytes: Uint8Array][] {
	const noise = (size: number, from: number, white: number) =>
		Array.from({ length: size }, (_, i) => (i * 7919 + from * 104729) % (white + 1));
	const make = (i: number) => {
		const [width, height] = [9 + 5 * i, 40 - 3 * i];
		const channels = ([3, 4, 1, 2] as const)[i % 4];
		const data = Uint8Array.from(noise(width * height * channels, i, 255));
		return encode({ width, height, channels, depth: 8, data });
	};
	const deep = (i: number) =>
		encode({
			...{ width: 20, height: 18, channels: 1, depth: 16 },
			data: Uint16Array.from(noise(360, i, 4095))
		});
	return ['cat', 'dog'].flatMap((pet, c) => [
		...Array.from(
			{ length: 8 },
			(_, i) => [`pets/${pet}/${i}.png`, make(i + c)] as [string, Uint8Array]
		),
		[`pets/${pet}/deep.png`, deep(c)],
		[`pets/${pet}/noise.png`, picture(pet, 33)],
		[`pets/${pet}/photo.jpg`, jpegOf(c ? 6 : 3)]
	]);
}

it
	.skipIf(!PYTHON)
	.each<Partial<Choices>>([
		{ side: 12 },
		{ side: 16, fit: 'pad', background: 'grey', channels: 1 },
		{ side: 28, turn: 'transpose', background: 'black' },
		{ side: 8, turn: '90' }
	])('Python makes the pack of %j again from the folder', async (choices) => {
	const folder = mkdtempSync(join(tmpdir(), 'images-'));
	const put = (path: string, bytes: Uint8Array | string) => {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), bytes);
	};
	try {
		const files = pictures();
		for (const [path, bytes] of files) put(path, bytes);
		const set = await look(brought(files), DECODERS, () => {});
		const { pack, card } = await set.keep(
			{ ...NO_CHOICES, ...choices },
			async (file, bytes) => put(`data/${file}`, bytes),
			() => {}
		);
		const { manifest } = pack;
		put('data/manifest.json', JSON.stringify(manifest));
		put('images.py', imagesPy);
		const contents = (split: 'train' | 'test') =>
			gunzipSync(readFileSync(join(folder, 'data', manifest.splits[split].shards[0].file)));
		const before = { train: contents('train'), test: contents('test') };
		execFileSync(PYTHON ?? '', ['images.py', 'pets', '--pack', 'data'], { cwd: folder });
		for (const split of ['train', 'test'] as const) {
			const after = contents(split);
			expect(after.length).toBe(before[split].length);
			const { side, channels } = card.image;
			const size = side * side * channels;
			const pixels = manifest.splits[split].count * size;
			expect([...after.subarray(pixels)]).toEqual([...before[split].subarray(pixels)]);
			// Decoders of JPEG differ by a few levels; a sum in another order moves a value by one at most.
			const far = before[split].subarray(0, pixels).filter((v, i) => Math.abs(v - after[i]) > 1);
			expect(far.length).toBeLessThanOrEqual(2 * size);
			const wild = before[split].subarray(0, pixels).filter((v, i) => Math.abs(v - after[i]) > 8);
			expect(wild.length).toBe(0);
		}
	} finally {
		rmSync(folder, { recursive: true });
	}
});
