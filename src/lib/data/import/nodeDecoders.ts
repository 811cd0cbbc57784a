/** Decoders of pictures in Node, for tests: those of a browser are not there. */
import { readFileSync } from 'node:fs';
import type { Decoders } from './decode';

export const DECODERS: Decoders = {
	jpeg: () =>
		WebAssembly.compile(readFileSync('node_modules/@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')),
	browser: null
};
