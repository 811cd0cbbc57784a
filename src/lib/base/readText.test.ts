import { describe, expect, it } from 'vitest';
import { decoded, readText } from './readText';

const TEXT = 'Datei;Klasse\r\n猫.png;Füchse 😀\r\n';
const utf16 = (text: string, little: boolean) => {
	const bytes = Buffer.from(text, 'utf16le');
	return new Uint8Array(little ? bytes : bytes.swap16());
};
const bytesOf = (...parts: (string | number[])[]) =>
	new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));

describe('readText', () => {
	it('reads Unicode with and without a byte order mark', () => {
		const read = (bytes: Uint8Array) => readText(bytes);
		expect(read(bytesOf(TEXT))).toEqual({ text: TEXT, encoding: 'utf-8' });
		expect(read(bytesOf([0xef, 0xbb, 0xbf], TEXT))).toEqual({ text: TEXT, encoding: 'utf-8' });
		for (const little of [true, false])
			for (const mark of ['\ufeff', ''])
				expect(read(utf16(mark + TEXT, little))).toEqual({
					text: TEXT,
					encoding: little ? 'utf-16le' : 'utf-16be'
				});
		expect(read(new Uint8Array(0))).toEqual({ text: '', encoding: 'utf-8' });
	});

	it('reads the older encodings of German and Chinese tables', () => {
		// "größe,Füße" and "猫,狐狸"
		const german = [0x67, 0x72, 0xf6, 0xdf, 0x65, 0x2c, 0x46, 0xfc, 0xdf, 0x65, 0x2c, 0xe4];
		const chinese = [0xc3, 0xa8, 0x2c, 0xba, 0xfc, 0xc0, 0xea];
		expect(readText(bytesOf(german))).toEqual({ text: 'größe,Füße,ä', encoding: 'windows-1252' });
		expect(readText(bytesOf(chinese))).toEqual({ text: '猫,狐狸', encoding: 'gb18030' });
	});
});

describe('decoded', () => {
	async function streamed(bytes: Uint8Array, chunk: number): Promise<string> {
		let at = 0;
		const stream = new ReadableStream<Uint8Array>({
			pull(out) {
				if (at < bytes.length) out.enqueue(bytes.subarray(at, (at += chunk)));
				else out.close();
			}
		});
		let text = '';
		for await (const piece of decoded(stream)) text += piece;
		return text;
	}

	it.each([1, 3, 1000])('reads text that arrives in pieces of %i bytes', async (chunk) => {
		for (const text of ['', TEXT, TEXT.repeat(100)])
			for (const mark of ['\ufeff', '']) {
				expect(await streamed(bytesOf(mark + text), chunk)).toBe(text);
				if (text || mark) expect(await streamed(utf16(mark + text, true), chunk)).toBe(text);
				if (text || mark) expect(await streamed(utf16(mark + text, false), chunk)).toBe(text);
			}
	});
});
