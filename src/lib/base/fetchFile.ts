/** Files of the app and of packs, fetched whole; a connection that falls silent is given up. */

/** A file cannot be had; the message names its address. */
export class FetchError extends Error {
	override readonly name = 'FetchError';
}

/** So long a connection may bring nothing. A slow one that brings a little may take as long as it needs. */
const SILENT_MS = 30_000;

/**
 * @param onChunk called whenever a part of it has come
 * @throws FetchError when it is not there, the connection breaks off, or nothing comes for a while
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
