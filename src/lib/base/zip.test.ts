import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readZip, ZipError } from './zip';

const FILES = {
	'猫/größe 1.txt': strToU8('hello '.repeat(5000)),
	'猫/': new Uint8Array(),
	'a.bin': [Uint8Array.from({ length: 3000 }, (_, i) => i * 7), { level: 0 }]
} as const;
const zip = () => zipSync(FILES as never);
const open = (bytes: Uint8Array) => readZip(new Blob([bytes.slice()]), 100);

async function problem(reading: Promise<unknown>) {
	const error: unknown = await reading.then(
		() => null,
		(reason) => reason
	);
	expect(error).toBeInstanceOf(ZipError);
	return (error as ZipError).problem;
}
/** Offset of the nth occurrence of a signature. */
const find = (bytes: Uint8Array, signature: string, n = 0) => {
	let at = -1;
	for (; n >= 0; n--) at = Buffer.from(bytes).indexOf(signature, at + 1, 'latin1');
	return at;
};
const set32 = (bytes: Uint8Array, at: number, value: number) =>
	new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, value, true);

describe('a zip file', () => {
	it('is listed without its folders, and its files are unpacked one by one', async () => {
		const files = await open(zip());
		expect(files.map(({ path, size }) => [path, size])).toEqual([
			['猫/größe 1.txt', 30_000],
			['a.bin', 3000]
		]);
		expect(await files[0].bytes(30_000)).toEqual(FILES['猫/größe 1.txt']);
		expect(await files[1].bytes(1e6)).toEqual(FILES['a.bin'][0]);
	});

	it.each<[string, number[], string]>([
		['UTF-8 without saying so', [0xe7, 0x8c, 0xab], '猫'],
		['GBK', [0xc3, 0xa8, 0xa3, 0xa8, 0x31], '猫（1'],
		['the letters of DOS', [0x67, 0x94, 0xe1, 0x65], 'göße']
	])('may have names in %s', async (_, name, expected) => {
		const place = 'n'.repeat(name.length);
		const bytes = zipSync({ [place]: strToU8('x') });
		bytes.set(name, find(bytes, place));
		bytes.set(name, find(bytes, place));
		expect((await open(bytes)).map(({ path }) => path)).toEqual([expected]);
	});

	it('may hold files with long extra fields, and files larger than are unpacked at once', async () => {
		const random = Uint8Array.from({ length: 1.1e6 }, (_, i) => (i * i) >> 7);
		const files = await open(
			zipSync({
				'a.txt': [strToU8('a'.repeat(99)), { extra: { 7: new Uint8Array(999) } }],
				b: random
			})
		);
		expect(await files[0].bytes(99)).toEqual(strToU8('a'.repeat(99)));
		expect(Buffer.compare(await files[1].bytes(2e6), random)).toBe(0);
		expect(await files[0].bytes(99)).toEqual(strToU8('a'.repeat(99)));
	});

	it('with more or larger files than expected is refused', async () => {
		expect(await problem(readZip(new Blob([zip().slice()]), 2))).toEqual({
			code: 'zip-many',
			most: 2,
			first: ['猫/größe 1.txt']
		});
		const [file] = await open(zip());
		expect(await problem(file.bytes(29_999))).toMatchObject({ code: 'zip-large', size: 30_000 });
	});

	it('whose directory names a smaller size than the file has is refused', async () => {
		for (const size of [1, 29_999, 40_000]) {
			const bytes = zip();
			set32(bytes, find(bytes, 'PK\x03\x04') + 22, size);
			set32(bytes, find(bytes, 'PK\x01\x02') + 24, size);
			const [file] = await open(bytes);
			expect(file.size).toBe(size);
			expect(await problem(file.bytes(1e6)), String(size)).toMatchObject({ code: 'zip-damaged' });
		}
	});

	it('that is cut, damaged, encrypted or no zip file is told', async () => {
		const whole = zip();
		for (const bytes of [new Uint8Array(), strToU8('PK'), whole.subarray(0, 400)])
			expect(await problem(open(bytes))).toMatchObject({ code: 'zip-damaged', path: '' });
		const flipped = whole.slice();
		flipped[find(whole, 'PK\x01\x02') - 20] ^= 255;
		const files = await open(flipped);
		expect(await problem(files[1].bytes(1e6))).toMatchObject({
			code: 'zip-damaged',
			path: 'a.bin'
		});
		const locked = whole.slice();
		locked[find(whole, 'PK\x01\x02') + 8] |= 1;
		locked[find(whole, 'PK\x03\x04') + 6] |= 1;
		expect(await problem((await open(locked))[0].bytes(1e6))).toMatchObject({
			code: 'zip-encrypted'
		});
		const packed = whole.slice();
		packed[find(whole, 'PK\x01\x02') + 10] = 14;
		expect(await problem((await open(packed))[0].bytes(1e6))).toMatchObject({ code: 'zip-method' });
	});
});
