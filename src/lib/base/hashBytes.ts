/**
 * SHA-256 of a file's bytes. Not by `crypto.subtle`: pages served over plain http on a local network
 * do not have it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** In lower-case hexadecimal digits. */
export function hashOf(bytes: Uint8Array): string {
	return bytesToHex(sha256(bytes));
}
