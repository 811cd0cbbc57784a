/** Fetches files of the app and of data packs; gives up on a connection that falls silent. */

/** Thrown when a file cannot be fetched; the message names its address. */
export class FetchError extends Error {
	override readonly name = 'FetchError';
}

/** Longest silence of a connection, in milliseconds. A slow connection may take any time as long as bytes arrive. */
const SILENT_MS = 30_000;

/**
 * @param onChunk called whenever a part has arrived
 * @throws FetchError if the file does not exist, the connection breaks, or it falls silent
 */
export async function fetchFile(url: string, onChunk = () => {}): Promise<ArrayBuffer> {
	const given = new AbortController();
	let timer: ReturnType<typeof setTimeout> | undefined;
	const wait = () => {
		clearTimeout(timer);
		timer = setTimeout(() => given.abort(), SILENT_MS);
	};
	wait();
	try {
		const response = await fetch(url, { signal: given.signal });
		if (!response.ok) throw new FetchError(`${url}: HTTP ${response.status}`);
		const chunks: Uint8Array<ArrayBuffer>[] = [];
		const reader = response.body?.getReader();
		for (
			let part = await reader?.read();
			reader && part && !part.done;
			part = await reader.read()
		) {
			chunks.push(part.value);
			wait();
			onChunk();
		}
		return await new Blob(chunks).arrayBuffer();
	} catch (error) {
		if (error instanceof FetchError) throw error;
		const detail = given.signal.aborted
			? `nothing came for ${SILENT_MS / 1000} s`
			: (error as Error).message;
		throw new FetchError(`${url}: ${detail}`, { cause: error });
	} finally {
		clearTimeout(timer);
	}
}
