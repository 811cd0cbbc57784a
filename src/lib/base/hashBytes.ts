/**
 * SHA-256 of a file's bytes. Does not use `crypto.subtle`, which pages served over plain http lack.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** The hash in lower-case hexadecimal digits. */
export function hashOf(bytes: Uint8Array): string {
	return bytesToHex(sha256(bytes));
}
