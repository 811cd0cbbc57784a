/** Reads users' files as streams of bytes: unpacks gzip, counts bytes, and reports errors with file and byte. */

/** A user's file: a `File`, with its path inside the folder that was dropped. */
export interface Brought {
	/** `data_batch_1.bin`, or `pets/cats/1.png`. */
	readonly path: string;
	readonly blob: Blob;
}

/** Thrown for a file that cannot be imported: says where, what was expected there and what was found, in English. */
export class ImportError extends Error {
	override readonly name = 'ImportError';
	constructor(
		readonly file: string,
		/** Byte offset in the unpacked file; null for the file as a whole. */
		readonly offset: number | null,
		readonly expected: string,
		readonly found: string
	) {
		super(
			`${file}${offset === null ? '' : `, byte ${offset}`}: expected ${expected}, found ${found}`
		);
	}
}

/** Reads exact numbers of bytes from a stream and tracks the offset. */
export class ByteReader {
	readonly file: string;
	/** Number of bytes read so far. */
	offset = 0;
	readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
	#rest = new Uint8Array(0);

	constructor(file: string, stream: ReadableStream<Uint8Array>) {
		this.file = file;
		this.#reader = stream.getReader();
	}

	/**
	 * The next bytes; null at the end of the file.
	 * @throws ImportError if the file ends among them or cannot be unpacked
	 */
	async take(count: number, what: string): Promise<Uint8Array | null> {
		while (!this.#rest.length) if (!(await this.#fill())) return null;
		return this.must(count, what);
	}

	/** Like `take`, but the file must not end yet. @throws ImportError */
	async must(count: number, what: string): Promise<Uint8Array> {
		while (this.#rest.length < count)
			if (!(await this.#fill()))
				throw this.refusal(this.#end, `${count} bytes of ${what}`, 'the end of the file');
		const taken = this.#rest.subarray(0, count);
		this.#rest = this.#rest.subarray(count);
		this.offset += count;
		return taken;
	}

	/** Makes an error for a byte of this file. */
	refusal(offset: number, expected: string, found: string): ImportError {
		return new ImportError(this.file, offset, expected, found);
	}

	/** End of the bytes received so far. */
	get #end(): number {
		return this.offset + this.#rest.length;
	}

	/** Receives more bytes; returns false at the end of the file. */
	async #fill(): Promise<boolean> {
		try {
			const { value, done } = await this.#reader.read();
			if (done) return false;
			const joined = new Uint8Array(this.#rest.length + value.length);
			joined.set(this.#rest);
			joined.set(value, this.#rest.length);
			this.#rest = joined;
			return true;
		} catch (error) {
			if (error instanceof ImportError) throw error;
			const found = `a damaged or cut file (${(error as Error).message})`;
			throw this.refusal(this.#end, 'data that can be unpacked', found);
		}
	}
}

/** The bytes of a user's file, unpacked if it begins like a gzip file, whatever its name. */
export async function unpacked(
	{ blob }: Brought,
	onBytes: (count: number) => void
): Promise<ReadableStream<Uint8Array>> {
	const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
	const counted = blob.stream().pipeThrough(
		new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
			transform(chunk, out) {
				onBytes(chunk.length);
				out.enqueue(chunk);
			}
		})
	);
	return first === 0x1f && second === 0x8b
		? counted.pipeThrough(new DecompressionStream('gzip'))
		: counted;
}

export const lastOfPath = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
