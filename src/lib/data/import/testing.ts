/** Small files in the formats of CIFAR-10 and MNIST, made from a seed, for tests. */
import { encode } from 'fast-png';
import { gzipSync } from 'fflate';
import { packTar } from 'modern-tar';
import { syntheticImages } from '../testing';
import type { Brought } from './entries';

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

/** A PNG of noise in three colours that its name decides. */
export function picture(name: string, side = 4): Uint8Array {
	const seed = [...name].reduce(
		(sum, letter) => (31 * sum + (letter.codePointAt(0) ?? 0)) % 65521,
		7
	);
	const { pixels } = syntheticImages({
		seed,
		index: 0,
		count: 1,
		shape: [side, side, 3],
		classes: 10
	});
	return encode({ width: side, height: side, channels: 3, depth: 8, data: pixels });
}

/** An IDX file of any type of values. */
export function idx(type: number, axes: readonly number[], values: readonly number[]): Uint8Array {
	const size = { 0x08: 1, 0x09: 1, 0x0b: 2, 0x0c: 4, 0x0d: 4, 0x0e: 8 }[type] ?? 1;
	const bytes = new Uint8Array(values.length * size);
	const view = new DataView(bytes.buffer);
	values.forEach((value, i) => {
		if (type === 0x0b) view.setInt16(2 * i, value);
		else if (type === 0x0c) view.setInt32(4 * i, value);
		else if (type === 0x0d) view.setFloat32(4 * i, value);
		else view.setUint8(i, value);
	});
	return idxBytes(256 * type + axes.length, axes, bytes);
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

/**
 * JPEGs of 16×8 pixels, red to the left and blue to the right with a green corner at the upper left, made with Pillow 11:
 * with EXIF (its orientation is replaced), in four colours of print, in grey.
 */
const JPEGS = {
	exif: '/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAMAAAAAAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wAARCAAIABADAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDwz4+/H3/heP8AZP8AxSf9l/2X5/8Ay/8An+b5nl/9M0248v3zntiv434b4b/1e9r+95+fl+zy25b+bve5/oJ9Dj6HH/EpX9uf8Ln9pf2l9W/5hvq/s/q/1j/qIr8/P7f+5y8n2ubT4Gr/AKqD/Ks//9k=',
	cmyk: '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/8AAFAgACAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD74/4Imf8ABEz/AIc6/wDCzP8AjJn/AIWL/wALF/sX/mTP7I/s/wCwfbv+ny583zPtv+xt8r+Ld8vwv/wWz/4LZ/8AD4r/AIVn/wAYzf8ACuv+Fdf21/zOf9r/ANofb/sP/TnbeV5f2L/b3eb/AA7fm/Cev38r+S+vg+v7wKK//9k=',
	grey: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/wAALCAAIABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APDPj78ff+F4/wBk/wDFJ/2X/Zfn/wDL/wCf5vmeX/0zTbjy/fOe2K+Bq//Z'
};
export function jpegOf(kind: number | 'cmyk' | 'grey'): Uint8Array<ArrayBuffer> {
	const text = atob(JPEGS[typeof kind === 'number' ? 'exif' : kind]);
	const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
	if (typeof kind === 'number') {
		// The entry of the orientation: tag 0x0112, type 3, one value.
		const at = text.indexOf('\x01\x12\x00\x03\0\0\0\x01');
		bytes[at + 9] = kind;
	}
	return bytes;
}

/** A batch of CIFAR-10 for Python: a dict of bytes with an array of NumPy 1, protocol 2. */
export function cifarPickle(count: number, labelsAsArray = false): Uint8Array {
	const records = cifarRecords(5, count);
	const data = new Uint8Array(count * 3072);
	for (let i = 0; i < count; i++)
		data.set(records.subarray(i * 3073 + 1, (i + 1) * 3073), i * 3072);
	const words = (text: string) => [...new TextEncoder().encode(text)];
	const string = (text: string) => [0x55, text.length, ...words(text)];
	const long = (value: number) => [
		value & 255,
		(value >> 8) & 255,
		(value >> 16) & 255,
		value >> 24
	];
	const whole = (value: number) => [0x4a, ...long(value)];
	const type = [
		...words('cnumpy\ndtype\n'),
		...[...string('u1'), 0x4b, 0, 0x4b, 1, 0x87, 0x52],
		...[
			0x28,
			0x4b,
			3,
			...string('|'),
			0x4e,
			0x4e,
			0x4e,
			...whole(-1),
			...whole(-1),
			0x4b,
			0,
			0x74,
			0x62
		]
	];
	const arrayOf = (shape: readonly number[], length: number) => [
		...words('cnumpy.core.multiarray\n_reconstruct\n'),
		...[...words('cnumpy\nndarray\n'), 0x4b, 0, 0x85, ...string('b'), 0x87, 0x52],
		...[
			0x28,
			0x4b,
			1,
			...shape.flatMap(whole),
			[0x85, 0x86][shape.length - 1],
			...type,
			0x89,
			0x54,
			...long(length)
		]
	];
	const values = Array.from({ length: count }, (_, i) => i % 10);
	const labels = labelsAsArray
		? [...arrayOf([count], count), ...values, 0x74, 0x62]
		: [0x5d, 0x28, ...values.flatMap((value) => [0x4b, value]), 0x65];
	return Uint8Array.from([
		...[
			0x80,
			2,
			0x7d,
			0x28,
			...string('data'),
			...arrayOf([count, 3072], data.length),
			...data,
			0x74,
			0x62
		],
		...[...string('labels'), ...labels, 0x75, 0x2e]
	]);
}
