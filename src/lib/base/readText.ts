/**
 * Decodes text files as programs write them: UTF-8 with or without a byte order mark, UTF-16 as Excel and PowerShell
 * write it, and the older encodings of a German or Chinese Excel.
 */
import { peek } from './peek';

/** Encodings as `TextDecoder` names them. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030' | 'windows-1252';

/** Bytes at the beginning of a file that show its encoding. */
const LOOK = 1024;

/** Whether bytes begin with a byte order mark or, without one, have the zeros of Latin text in UTF-16. */
function unicodeOf(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
	if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
	if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
	const zeros = [0, 0];
	const length = Math.min(head.length, LOOK);
	for (let i = 0; i < length; i++) if (head[i] === 0) zeros[i % 2]++;
	const many = Math.max(1, length / 4);
	if (zeros[1] >= many && zeros[0] < many / 2) return 'utf-16le';
	if (zeros[0] >= many && zeros[1] < many / 2) return 'utf-16be';
	return 'utf-8';
}

/**
 * Decodes a whole text without its byte order mark. What is not Unicode is taken for GB 18030 if all its bytes above
 * 127 come in pairs, and else for Windows-1252; both are guesses that the reader should be told of.
 */
export function readText(bytes: Uint8Array): { text: string; encoding: Encoding } {
	const unicode = unicodeOf(bytes);
	const fits = (encoding: Encoding) => {
		try {
			return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes), encoding };
		} catch {
			return null;
		}
	};
	if (unicode !== 'utf-8')
		return { text: new TextDecoder(unicode).decode(bytes), encoding: unicode };
	return (
		fits('utf-8') ??
		(inPairs(bytes) ? fits('gb18030') : null) ?? {
			text: new TextDecoder('windows-1252').decode(bytes),
			encoding: 'windows-1252'
		}
	);
}

/** A stream's text without its byte order mark, in pieces; bytes that are no Unicode become U+FFFD. */
export async function* decoded(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string> {
	const { head, stream } = await peek(bytes, LOOK);
	const decoder = new TextDecoder(unicodeOf(head));
	const reader = stream.getReader();
	try {
		for (;;) {
			const { value, done } = await reader.read();
			if (done) break;
			yield decoder.decode(value, { stream: true });
		}
		yield decoder.decode();
	} finally {
		// Also when the caller stops early.
		void reader.cancel().catch(() => {});
	}
}

/** Whether bytes above 127 come in runs of even length, as characters of two bytes do. */
function inPairs(bytes: Uint8Array): boolean {
	let run = 0;
	for (const byte of bytes) {
		if (byte > 127) run++;
		else if (run % 2) return false;
		else run = 0;
	}
	return run % 2 === 0;
}
