import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32, Gunzip, GunzipError, gunzipped } from './gunzip';
import { drawInteger, randomStream } from './random';

const text = (...parts: (string | Uint8Array)[]) => Buffer.concat(parts.map((p) => Buffer.from(p)));

/** Bytes that deflate packs in several blocks, with matches and without. */
const mixed = Uint8Array.from({ length: 200_000 }, (_, i) =>
	i % 70_000 < 40_000 ? Math.abs(Math.sin(i * i) * 256) : (i >> 4) % 11
);

function unpack(packed: Uint8Array, chunk = packed.length || 1, most = 1e9): Uint8Array {
	const pieces: Uint8Array[] = [];
	const gunzip = new Gunzip((piece) => pieces.push(piece), most);
	for (let at = 0; at < packed.length; at += chunk) gunzip.push(packed.subarray(at, at + chunk));
	gunzip.end();
	return new Uint8Array(Buffer.concat(pieces));
}

const same = (one: Uint8Array, two: Uint8Array) => Buffer.compare(one, two) === 0;

function problemOf(packed: Uint8Array, most?: number) {
	try {
		unpack(packed, undefined, most);
	} catch (error) {
		if (error instanceof GunzipError) return error.problem;
		throw error;
	}
	return null;
}

/** A member with every optional part of a header. */
function withHeader(member: Uint8Array): Uint8Array {
	const [head, rest] = [member.slice(0, 10), member.subarray(10)];
	head[3] = 2 | 4 | 8 | 16;
	return text(head, Uint8Array.of(3, 0, 1, 0, 2), 'record.json\0', 'a comment\0', 'xx', rest);
}

describe('gunzip', () => {
	it.each([1, 7, 1000, 16_384, 1e6])('unpacks what arrives in pieces of %i bytes', (chunk) => {
		const data = chunk < 100 ? mixed.subarray(39_000, 42_000) : mixed;
		for (const level of [0, 1, 9])
			expect(same(unpack(gzipSync(data, { level }), chunk), data)).toBe(true);
	});

	it('unpacks files of several members, padded and followed by other things', () => {
		const [one, two] = [gzipSync('one, '), gzipSync('two')];
		const padding = new Uint8Array(1000);
		const read = (packed: Uint8Array) => [1, 5, 1e6].map((n) => text(unpack(packed, n)).toString());
		const always = (expected: string) => [expected, expected, expected];
		expect(read(text(one, two))).toEqual(always('one, two'));
		expect(read(text(one, gzipSync(''), two))).toEqual(always('one, two'));
		expect(read(text(one, padding, two, padding))).toEqual(always('one, two'));
		expect(read(text(withHeader(one), withHeader(two), 'behind it'))).toEqual(always('one, two'));
	});

	it('says where a file is cut', () => {
		const packed = text(gzipSync('one, '), gzipSync(mixed));
		const whole = gzipSync('one, ').length;
		for (let end = 0; end < packed.length; end += end < 60 ? 1 : 4321)
			expect(problemOf(packed.subarray(0, end)), `cut at ${end}`).toEqual(
				end === whole ? null : { code: 'gzip-cut', bytes: end }
			);
		expect(problemOf(packed.subarray(0, -1))).toEqual({
			code: 'gzip-cut',
			bytes: packed.length - 1
		});
	});

	it('never gives damaged bytes for sound ones', () => {
		const data = mixed.subarray(39_000, 42_000);
		const packed = gzipSync(data);
		let refused = 0;
		const random = randomStream(1, 'synthetic', 0);
		for (let i = 0; i < 2000; i++) {
			const damaged = new Uint8Array(packed);
			const at = drawInteger(random, 10, packed.length - 1);
			damaged[at] ^= 1 << (i % 8);
			if (problemOf(damaged)) refused++;
			// Some bits behind the last block are not used.
			else expect(same(unpack(damaged), data), `byte ${at}`).toBe(true);
		}
		expect(refused).toBeGreaterThan(1900);
	});

	it('refuses other files, and more bytes than allowed', () => {
		expect(problemOf(text('{"version":1}'))).toMatchObject({ code: 'gzip-damaged' });
		expect(problemOf(gzipSync(new Uint8Array(5e7)), 1e6)).toEqual({
			code: 'gzip-large',
			most: 1e6
		});
		expect(problemOf(gzipSync(new Uint8Array(1e6)), 1e6)).toBe(null);
	});

	const blobOf = (packed: Uint8Array) => new Blob([new Uint8Array(packed)]);
	const bomb = gzipSync(new Uint8Array(1e8));

	it.each(['a file', 'a stream'])('unpacks %s only as far as it is read', async (kind) => {
		const open = (packed: Uint8Array, most = 1e9) =>
			gunzipped(kind === 'a file' ? blobOf(packed) : blobOf(packed).stream(), most);
		const all = async (packed: Uint8Array) =>
			new Uint8Array(await new Response(open(packed)).arrayBuffer());
		const reader = open(bomb).getReader();
		const { value } = await reader.read();
		expect(value!.length).toBeLessThan(2e7);
		await reader.cancel();
		expect(same(await all(gzipSync(mixed)), mixed)).toBe(true);
		const members = text(gzipSync(mixed), gzipSync('two'), new Uint8Array(600));
		expect(same(await all(members), text(mixed, 'two'))).toBe(true);
		for (const [packed, most, code] of [
			[bomb.subarray(0, 999), 1e9, 'gzip-cut'],
			[members.subarray(0, -610), 1e9, 'gzip-cut'],
			[bomb, 1e6, 'gzip-large'],
			[text(mixed), 1e9, 'gzip-damaged']
		] as const)
			await expect(new Response(open(packed, most)).arrayBuffer()).rejects.toMatchObject({
				problem: { code }
			});
	});
});

it('crc32 continues where it stopped', () => {
	// The check value of the algorithm's catalogue.
	expect(crc32(text('123456789'))).toBe(0xcbf43926);
	expect(crc32(text('6789'), crc32(text('12345')))).toBe(0xcbf43926);
});
