/**
 * Unpacks gzip files as streams, the same in every browser: files of several members, with padding behind the last, with
 * lengths and check sums compared. Browsers' own `DecompressionStream` refuses what follows
 * the first member.
 * Format: RFC 1952.
 */
import { Inflate } from 'fflate';
import { joinBytes } from './joinBytes';

/** Why a gzip file cannot be unpacked. */
export type GunzipProblem =
	/** The file ends after `bytes` packed bytes, in the middle of its data. */
	| { readonly code: 'gzip-cut'; readonly bytes: number }
	/** Data near the packed byte `bytes` are not as they were written. `detail` is in English. */
	| { readonly code: 'gzip-damaged'; readonly bytes: number; readonly detail: string }
	/** More than `most` bytes would come out. */
	| { readonly code: 'gzip-large'; readonly most: number };

/** Thrown for a gzip file that is cut, damaged, or larger than allowed. */
export class GunzipError extends Error {
	override readonly name = 'GunzipError';
	constructor(readonly problem: GunzipProblem) {
		super(
			problem.code === 'gzip-cut'
				? `gzip: ends after ${problem.bytes} bytes`
				: problem.code === 'gzip-large'
					? `gzip: holds more than ${problem.most} bytes`
					: `gzip: ${problem.detail} near byte ${problem.bytes}`
		);
	}
}

/** Whether a file begins like a gzip file. */
export const isGzip = (head: Uint8Array) => head[0] === 0x1f && head[1] === 0x8b;

/** Packed bytes inflated at a time. Deflate packs 1032 bytes into one at most, so 17 MB may come out at once. */
const SLICE = 16_384;
const TRAILER = 8;
/** Most bytes of a member's header, with its file name, comment and extra field. */
const LONGEST_HEADER = 1 << 18;
const NOTHING = new Uint8Array(0);

/**
 * fflate's inflater does not say where its data end, but its state does: `f` is set from the last block on, `l` holds
 * the codes of a block that is not over, and `s.p` counts the bits already used of the bytes in `p`.
 * @returns the bytes behind the data; null as long as there are more data to come
 */
function behind(inflate: Inflate): Uint8Array | null {
	const { s, p } = inflate as unknown as {
		readonly s: { readonly f?: number; readonly l?: unknown; readonly p?: number };
		readonly p: Uint8Array;
	};
	return s.f && !s.l ? p.subarray(s.p ? 1 : 0) : null;
}

/** Unpacks pushed bytes; see `gunzipped` for streams. */
export class Gunzip {
	/** Packed bytes received so far. */
	#received = 0;
	#made = 0;
	/** Bytes received that are not part of a member's data. */
	#rest: Uint8Array = NOTHING;
	#state: 'header' | 'data' | 'trailer' | 'ended' = 'header';
	#members = 0;
	#member: Inflate | null = null;
	/** Of the present member's data. */
	#crc = 0;
	#size = 0;

	/**
	 * @param onData receives unpacked bytes, in pieces
	 * @param most most bytes that may come out
	 */
	constructor(
		readonly onData: (bytes: Uint8Array<ArrayBuffer>) => void,
		readonly most: number
	) {}

	/** @throws GunzipError */
	push(bytes: Uint8Array): void {
		for (let at = 0; at < bytes.length; at += SLICE) this.#take(bytes.subarray(at, at + SLICE));
	}

	/** Call it after the last byte. @throws GunzipError if the file ends too early */
	end(): void {
		const padded = this.#members > 0 && this.#state === 'header' && !this.#rest.length;
		if (!padded && this.#state !== 'ended')
			throw new GunzipError({ code: 'gzip-cut', bytes: this.#received });
	}

	#take(bytes: Uint8Array): void {
		this.#received += bytes.length;
		if (this.#state === 'data') {
			this.#inflate(bytes);
		} else {
			this.#rest = joinBytes(this.#rest, bytes);
		}
		for (let going = true; going;) going = this.#advance();
	}

	/** Reads a header or a trailer; returns false when it needs more bytes. */
	#advance(): boolean {
		switch (this.#state) {
			case 'header': {
				if (this.#members) this.#rest = this.#rest.subarray(zeros(this.#rest));
				if (this.#members && this.#rest.length > 1 && !isGzip(this.#rest)) {
					// Programs add other things behind the last member; like gzip itself, ignore them.
					this.#state = 'ended';
					return false;
				}
				const length = this.#headerLength();
				if (length === null) return false;
				const data = this.#rest.subarray(length);
				this.#member = new Inflate((piece) => this.#give(piece as Uint8Array<ArrayBuffer>));
				this.#crc = this.#size = 0;
				this.#rest = NOTHING;
				this.#state = 'data';
				this.#inflate(data);
				return true;
			}
			case 'trailer': {
				if (this.#rest.length < TRAILER) return false;
				const { buffer, byteOffset } = this.#rest;
				const trailer = new DataView(buffer, byteOffset, TRAILER);
				if (trailer.getUint32(0, true) !== this.#crc) throw this.#damaged('a wrong check sum');
				if (trailer.getUint32(4, true) !== this.#size % 2 ** 32)
					throw this.#damaged('a wrong length');
				this.#rest = this.#rest.subarray(TRAILER);
				this.#members++;
				this.#state = 'header';
				return true;
			}
			case 'ended':
				this.#rest = NOTHING;
				return false;
			case 'data':
				return false;
		}
	}

	#inflate(bytes: Uint8Array): void {
		const member = this.#member;
		if (!member) return;
		try {
			member.push(bytes);
		} catch (error) {
			if (error instanceof GunzipError) throw error;
			throw this.#damaged((error as Error).message);
		}
		const rest = behind(member);
		if (!rest) return;
		this.#rest = rest;
		this.#member = null;
		this.#state = 'trailer';
	}

	#give(bytes: Uint8Array<ArrayBuffer>): void {
		if (!bytes.length) return;
		this.#made += bytes.length;
		if (this.#made > this.most) throw new GunzipError({ code: 'gzip-large', most: this.most });
		this.#crc = crc32(bytes, this.#crc);
		this.#size += bytes.length;
		this.onData(bytes);
	}

	/** Length of the header at the beginning of the rest; null if more of it must come. */
	#headerLength(): number | null {
		const bytes = this.#rest;
		if (bytes.length > 1 && !isGzip(bytes)) throw this.#damaged('no gzip header');
		if (bytes.length < 10) return null;
		if (bytes[2] !== 8) throw this.#damaged('an unknown method');
		const flags = bytes[3];
		let at = 10;
		if (flags & 4) at += 2 + (bytes[10] | (bytes[11] << 8));
		// Two texts that end with a zero: the file's name and a comment.
		for (const flag of [8, 16])
			if (flags & flag) {
				const end = at < bytes.length ? bytes.indexOf(0, at) : -1;
				at = end < 0 ? Infinity : end + 1;
			}
		if (flags & 2) at += 2;
		if (at <= bytes.length) return at;
		if (bytes.length > LONGEST_HEADER) throw this.#damaged('a header without an end');
		return null;
	}

	#damaged(detail: string): GunzipError {
		return new GunzipError({ code: 'gzip-damaged', bytes: this.#received, detail });
	}
}

/**
 * The unpacked bytes of a gzip file. It unpacks only what is read, in pieces.
 * @param packed a file, or a stream of bytes, which takes several times as long
 * @param most most bytes that may come out
 * @returns a stream that fails with a GunzipError if the file is cut, damaged or too large
 */
export function gunzipped(
	packed: Blob | ReadableStream<Uint8Array>,
	most: number
): ReadableStream<Uint8Array<ArrayBuffer>> {
	if (!(packed instanceof Blob)) return byOwn(packed, most);
	const file = packed;
	let reader = byBrowser(file).getReader();
	let browsers = true;
	let given = 0;
	/** Bytes to pass over, because the browser's reader has given them already. */
	let skip = 0;
	async function next(): Promise<Uint8Array<ArrayBuffer> | null> {
		try {
			const { value, done } = await reader.read();
			return done ? null : value;
		} catch (error) {
			if (!browsers) throw error;
			// Several members or padding, or a damaged file, of which ours says more.
			browsers = false;
			skip = given;
			reader = byOwn(file.stream(), most).getReader();
			return next();
		}
	}
	return new ReadableStream({
		async pull(out) {
			for (;;) {
				const bytes = await next();
				if (!bytes) return out.close();
				const fresh = bytes.subarray(skip);
				skip -= bytes.length - fresh.length;
				given += fresh.length;
				if (given > most) throw new GunzipError({ code: 'gzip-large', most });
				if (!fresh.length) continue;
				out.enqueue(fresh);
				return;
			}
		},
		cancel: (reason) => reader.cancel(reason)
	});
}

/** Unpacks with the browser's own reader, which takes one member only; it is several times as fast. */
function byBrowser(packed: Blob): ReadableStream<Uint8Array<ArrayBuffer>> {
	// In small pieces, because it gives out all of a piece at once.
	const sliced = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
		transform(chunk, out) {
			for (let at = 0; at < chunk.length; at += SLICE) out.enqueue(chunk.subarray(at, at + SLICE));
		}
	});
	return packed.stream().pipeThrough(sliced).pipeThrough(new DecompressionStream('gzip'));
}

/** Unpacks with the reader above. */
function byOwn(
	packed: ReadableStream<Uint8Array>,
	most: number
): ReadableStream<Uint8Array<ArrayBuffer>> {
	const reader = packed.getReader();
	let pieces: Uint8Array<ArrayBuffer>[] = [];
	const gunzip = new Gunzip((piece) => pieces.push(piece), most);
	let chunk: Uint8Array = NOTHING;
	return new ReadableStream({
		async pull(out) {
			while (!pieces.length) {
				if (!chunk.length) {
					const { value, done } = await reader.read();
					if (done) {
						gunzip.end();
						out.close();
						return;
					}
					chunk = value;
				}
				gunzip.push(chunk.subarray(0, SLICE));
				chunk = chunk.subarray(SLICE);
			}
			for (const piece of pieces) out.enqueue(piece);
			pieces = [];
		},
		cancel: (reason) => reader.cancel(reason)
	});
}

/** Number of zeros that bytes begin with. */
function zeros(bytes: Uint8Array): number {
	const first = bytes.findIndex((byte) => byte !== 0);
	return first < 0 ? bytes.length : first;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let crc = byte;
	for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
	return crc;
});

/** CRC-32 of gzip and zip. @param crc that of the bytes before these */
export function crc32(bytes: Uint8Array, crc = 0): number {
	let c = ~crc;
	for (let i = 0; i < bytes.length; i++) c = CRC_TABLE[(c ^ bytes[i]) & 255] ^ (c >>> 8);
	return ~c >>> 0;
}
