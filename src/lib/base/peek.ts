/** Looks at the beginning of a stream of bytes, which shows what is in it, without using it up. */

import { joinBytes } from './joinBytes';

/**
 * @param count most bytes to look at; fewer at the end of a stream
 * @returns the first bytes, and a stream that begins with them
 */
export async function peek(
	stream: ReadableStream<Uint8Array>,
	count: number
): Promise<{ head: Uint8Array; stream: ReadableStream<Uint8Array> }> {
	const reader = stream.getReader();
	let read: Uint8Array = new Uint8Array(0);
	let ended = false;
	while (!ended && read.length < count) {
		const { value, done } = await reader.read();
		ended = done;
		if (value) read = joinBytes(read, value);
	}
	let given = false;
	return {
		head: read.subarray(0, count),
		stream: new ReadableStream({
			async pull(out) {
				if (!given && read.length) out.enqueue(read);
				else {
					const { value, done } = ended ? { done: true } : await reader.read();
					if (value) out.enqueue(value);
					if (done) out.close();
				}
				given = true;
			},
			cancel: (reason) => reader.cancel(reason)
		})
	};
}
