/**
 * Reads parts of a blob. Each read of a blob asks another process, which for a small file takes longer than unpacking it:
 * parts that follow each other come out of one read.
 */

/** Bytes that are read at once where parts follow each other. */
const WINDOW = 1 << 20;
/** Parts that are farther apart than this do not follow each other. */
const GAP = 1 << 16;

export class BlobParts {
	/** The latest window, and its first byte. */
	#window: Uint8Array = new Uint8Array(0);
	#from = 0;
	/** The byte behind the latest part. */
	#end = 0;

	constructor(readonly blob: Blob) {}

	/** A part of the blob, shorter at its end; it shares its memory with other parts. */
	async read(from: number, length: number): Promise<Uint8Array> {
		const follows = from >= this.#end && from - this.#end <= GAP;
		this.#end = from + length;
		if (from < this.#from || from + length > this.#from + this.#window.length) {
			const taken = follows ? Math.max(length, WINDOW) : length;
			const window = new Uint8Array(await this.blob.slice(from, from + taken).arrayBuffer());
			this.#window = window;
			this.#from = from;
			return window.subarray(0, length);
		}
		return this.#window.subarray(from - this.#from, from - this.#from + length);
	}
}
