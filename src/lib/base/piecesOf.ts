/** Reads a stream piece by piece, for a `for await`: a `ReadableStream` itself is no iterable in Safari. */
export async function* piecesOf<T>(stream: ReadableStream<T>): AsyncGenerator<T, void, void> {
	const reader = stream.getReader();
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			yield value;
		}
	} finally {
		// After an early end; where the stream has ended or failed, that is known already.
		await reader.cancel().catch(() => {});
	}
}
