/** Random names, and records packed for the way through a room. */

const hex = (bytes: Uint8Array) =>
	Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** A name that nobody guesses: 128 random bits. Pages on plain http have `getRandomValues`, but no `randomUUID`. */
export const newSecret = (): string => hex(crypto.getRandomValues(new Uint8Array(16)));

/** A name that no other has. */
export const newToken = (): string => newSecret().slice(0, 12);

/** The text with gzip. */
export async function packed(text: string): Promise<Uint8Array> {
	const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

export function base64Of(bytes: Uint8Array): string {
	let text = '';
	for (let i = 0; i < bytes.length; i += 0x8000)
		text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
	return btoa(text);
}

/** @throws if it is not Base64 */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
	Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
