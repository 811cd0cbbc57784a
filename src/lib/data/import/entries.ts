/**
 * The files that a user brings, as one list: archives are opened by their content, also inside each other, so that the
 * rest of this folder sees files only.
 */
import { createTarDecoder } from 'modern-tar';
import { BlobParts } from '$lib/base/blobParts';
import { joinBytes } from '$lib/base/joinBytes';
import { piecesOf } from '$lib/base/piecesOf';
import { GunzipError, gunzipped } from '$lib/base/gunzip';
import { readZip, ZipError } from '$lib/base/zip';
import { damaged, ImportError } from './problem';
import { HEAD_BYTES, kindOf, type FileKind } from './sniff';
import { isHidden } from './structure';

/** A user's file: a `File`, with its path inside the folder that was dropped. */
export interface Brought {
	/** `data_batch_1.bin`, or `pets/cats/1.png`. */
	readonly path: string;
	readonly blob: Blob;
}

/** A file, brought by itself or inside an archive. */
export interface Entry {
	/** With the archive's name as a folder. */
	readonly path: string;
	/** In bytes, unpacked. */
	readonly size: number;
	readonly kind: FileKind;
	/** Whether it came in an archive. */
	readonly archived: boolean;
	/** @throws Error if it cannot be read or unpacked */
	readonly bytes: () => Promise<Uint8Array<ArrayBuffer>>;
	/** The file as it was brought, where it was unpacked by itself. */
	readonly packed?: Blob;
}

export interface Opened<T extends Entry> {
	readonly entries: readonly T[];
	/** Paths that are hidden, and were not looked at. */
	readonly hidden: readonly string[];
	/** Archives that could not be opened, or not to their end. */
	readonly failed: readonly ImportError[];
}

/** Archives in archives are opened to this depth. */
const DEEPEST = 4;
/** Most bytes that are unpacked, and most files. */
const LIMITS = { bytes: 3e9, files: 200_000 } as const;

/** Images do not get smaller by more than this; an archive that unpacks to more than that, and to many bytes, was made to fill memory. */
const BOMB = { bytes: 100e6, ratio: 200 } as const;

/** Codes of problems with all files together, not with one of them. */
const LIMIT_CODES: readonly string[] = ['too-big', 'too-many'];

/** What is left of the limits while archives are opened. */
class Room {
	bytes: number = LIMITS.bytes;
	files: number = LIMITS.files;
	/**
	 * @param made bytes that came out of an archive so far
	 * @param blob the archive
	 * @throws ImportError
	 */
	take(bytes: number, file: string, made: number, blob: Blob): void {
		if (made > BOMB.bytes && made > BOMB.ratio * blob.size)
			throw new ImportError({ code: 'bomb', file, packed: blob.size });
		this.bytes -= bytes;
		if (this.bytes < 0)
			throw new ImportError({
				code: 'too-big',
				file,
				bytes: LIMITS.bytes - this.bytes,
				most: LIMITS.bytes
			});
	}
	/** @throws ImportError */
	count(files: number): void {
		if ((this.files -= files) < 0)
			throw new ImportError({
				code: 'too-many',
				count: LIMITS.files - this.files,
				most: LIMITS.files
			});
	}
}

/** What a file holds: in memory only where it was unpacked for this. */
type Content = Blob | Uint8Array<ArrayBuffer>;
const blobOf = (content: Content) => (content instanceof Blob ? content : new Blob([content]));
const bytesOf = async (content: Content) =>
	content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;

/**
 * @param scan looks at each file; called with its bytes where they are at hand
 * @param onBytes called with the number of bytes that were looked at since the last call, of those that were brought
 */
export async function openAll<T extends Entry>(
	files: readonly Brought[],
	scan: (entry: Entry, bytes: () => Promise<Uint8Array<ArrayBuffer>>) => Promise<T>,
	onBytes: (count: number) => void
): Promise<Opened<T>> {
	const entries: T[] = [];
	const hidden: string[] = [];
	const failed: ImportError[] = [];
	const room = new Room();
	const shelves = new Shelves();
	room.count(files.length);

	const add = async (file: Inner, depth: number, packed?: Blob): Promise<void> => {
		const { path, size, weight, open } = file;
		if (isHidden(path)) {
			hidden.push(path);
			onBytes(weight);
			return;
		}
		try {
			const content = size ? await open() : new Uint8Array(0);
			const head = await bytesOf(content.slice(0, HEAD_BYTES));
			const kind = kindOf(head, size);
			const expand = depth < DEEPEST ? OPENERS[kind] : undefined;
			if (expand) {
				const blob = blobOf(content);
				await expand({ path, blob, room, shelves, weight, onBytes }, (inner) =>
					kind === 'gzip' ? add(inner, depth + 0.5, blob) : add(inner, depth + 1)
				);
				return;
			}
			const bytes = async () => bytesOf(await open());
			const entry = { path, size, kind, archived: depth >= 1, bytes, ...(packed && { packed }) };
			entries.push(await scan(entry, () => bytesOf(content)));
			onBytes(weight);
		} catch (error) {
			if (error instanceof ImportError && LIMIT_CODES.includes(error.problem.code)) throw error;
			failed.push(
				error instanceof ImportError
					? error
					: damaged(path, null, 'a file that can be read', (error as Error).message)
			);
		}
	};
	for (const { path, blob } of files)
		await add({ path, size: blob.size, weight: blob.size, open: () => Promise.resolve(blob) }, 0);
	return { entries, hidden, failed };
}

/** A file before it is looked at. */
interface Inner {
	readonly path: string;
	/** In bytes, unpacked. */
	readonly size: number;
	/** How many of the bytes that were brought it stands for. */
	readonly weight: number;
	readonly open: () => Promise<Content>;
}
interface Archive {
	readonly path: string;
	readonly blob: Blob;
	readonly room: Room;
	readonly shelves: Shelves;
	readonly weight: number;
	readonly onBytes: (count: number) => void;
}
type Add = (inner: Inner) => Promise<void>;

/** How each kind of archive is opened. */
const OPENERS: { readonly [K in FileKind]?: (archive: Archive, add: Add) => Promise<void> } = {
	async zip({ path, blob, room, weight }, add) {
		const told = (error: unknown) => (error instanceof ZipError ? ofZip(path, error) : error);
		const zipped = await readZip(blob, LIMITS.files).catch((error: unknown) => {
			throw told(error);
		});
		room.count(zipped.length);
		const whole = zipped.reduce((sum, { size }) => sum + size, 0);
		let made = 0;
		for (const file of zipped) {
			room.take(file.size, path, (made += file.size), blob);
			await add({
				path: `${path}/${file.path}`,
				size: file.size,
				weight: whole && (weight * file.size) / whole,
				open: () =>
					file.bytes(LIMITS.bytes).catch((error: unknown) => {
						throw told(error);
					})
			});
		}
	},
	async gzip({ path, blob, room, shelves, weight, onBytes }, add) {
		// Unpacking counts for one half, looking at what comes out for the other.
		const share = weight / 2;
		const read = (count: number) => onBytes((share * count) / blob.size);
		let made = 0;
		const unpacked = await collect(gunzipped(counted(blob, read), LIMITS.bytes), (bytes) =>
			room.take(bytes, path, (made += bytes), blob)
		).catch((error: Error) => {
			if (!(error instanceof GunzipError)) throw error;
			const at = error.problem.code === 'gzip-large' ? null : error.problem.bytes;
			throw damaged(path, at, 'data that can be unpacked', error.message);
		});
		await add({ path, weight: share, ...shelves.put(unpacked) });
	},
	async tar({ path, blob, room, shelves, weight }, add) {
		let read = 0;
		try {
			const entries = counted(blob, (count) => (read += count)).pipeThrough(
				createTarDecoder({ strict: true })
			);
			for await (const { header, body } of piecesOf(entries)) {
				room.count(1);
				const file = await collect(body, () => {});
				if (header.type !== undefined && header.type !== 'file') continue;
				const put = shelves.put(file);
				const part = put.size / blob.size;
				await add({ path: `${path}/${header.name}`, weight: weight * part, ...put });
			}
		} catch (error) {
			if (error instanceof ImportError) throw error;
			throw damaged(
				path,
				read,
				'a whole tar archive',
				`a damaged or cut one (${(error as Error).message})`
			);
		}
	}
};

/** The error for a zip archive, or a file in it. */
function ofZip(path: string, { problem }: ZipError): ImportError {
	const file = 'path' in problem && problem.path ? `${path}/${problem.path}` : path;
	switch (problem.code) {
		case 'zip-encrypted':
			return damaged(file, null, 'an archive without a password', 'one that needs a password');
		case 'zip-method':
			return damaged(file, null, 'an archive packed in the usual way (deflate)', 'another way');
		case 'zip-large':
			return new ImportError({ code: 'too-big', file, bytes: problem.size, most: problem.most });
		case 'zip-many':
			return new ImportError({ code: 'too-many', count: problem.most + 1, most: problem.most });
		case 'zip-damaged':
			return damaged(file, null, 'a whole zip archive', problem.detail);
	}
}

/** A blob's bytes, counted. */
const counted = (blob: Blob, onBytes: (count: number) => void) =>
	blob.stream().pipeThrough(
		new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
			transform(chunk, out) {
				onBytes(chunk.length);
				out.enqueue(chunk);
			}
		})
	);

/** Bytes are handed to the browser's store of blobs in pieces of this size. */
const PIECE = 8e6;

/** What a stream holds: bytes, or a blob if they are more than a piece. */
async function collect(
	stream: ReadableStream<Uint8Array>,
	onBytes: (count: number) => void
): Promise<Content> {
	let whole: Blob | null = null;
	let pieces: Uint8Array<ArrayBuffer>[] = [];
	let waiting = 0;
	for await (const bytes of piecesOf(stream)) {
		onBytes(bytes.length);
		pieces.push(bytes as Uint8Array<ArrayBuffer>);
		if ((waiting += bytes.length) < PIECE) continue;
		whole = new Blob([...(whole ? [whole] : []), ...pieces]);
		pieces = [];
		waiting = 0;
	}
	return whole ? new Blob([whole, ...pieces]) : joinBytes(...pieces);
}

/** Holds files that were unpacked; small ones share blobs, because one for each of 100,000 pictures would be slow. */
class Shelves {
	#open = new Shelf();
	put(content: Content): Pick<Inner, 'size' | 'open'> {
		if (content instanceof Blob || content.length > PIECE) {
			const blob = blobOf(content);
			return { size: blob.size, open: () => Promise.resolve(blob) };
		}
		const size = content.length;
		if (!this.#open.fits(size)) {
			this.#open.close();
			this.#open = new Shelf();
		}
		const shelf = this.#open;
		const at = shelf.add(content);
		return { size, open: () => shelf.read(at, size) };
	}
}

/** Small files, one behind the other: in memory while there is room for more, then in a blob. */
class Shelf {
	#memory: Uint8Array<ArrayBuffer> | null = null;
	#blob: BlobParts | null = null;
	#used = 0;
	fits(size: number): boolean {
		return this.#used + size <= PIECE;
	}
	/** Where the bytes begin. */
	add(bytes: Uint8Array): number {
		const at = this.#used;
		(this.#memory ??= new Uint8Array(PIECE)).set(bytes, at);
		this.#used += bytes.length;
		return at;
	}
	close(): void {
		if (this.#memory) this.#blob = new BlobParts(new Blob([this.#memory.subarray(0, this.#used)]));
		this.#memory = null;
	}
	async read(at: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
		return this.#blob
			? (await this.#blob.read(at, size)).slice()
			: (this.#memory?.slice(at, at + size) ?? new Uint8Array(0));
	}
}

export const lastOfPath = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
