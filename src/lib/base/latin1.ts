/** Characters of a function call. */
const PIECE = 8192;

/** Bytes as text of Latin-1: each byte becomes the character of its number. */
export function latin1(bytes: Uint8Array): string {
	let text = '';
	for (let at = 0; at < bytes.length; at += PIECE)
		text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
	return text;
}
