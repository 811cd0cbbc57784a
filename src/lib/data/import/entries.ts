/**
 * The files that a user brings, as one list: archives are opened by their content, also inside each other, so that the
 * rest of this folder sees files only.
 */
import { createTarDecoder } from 'modern-tar';
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
	readonly open: () => Promise<Blob>;
	/** The file as it was brought, where it was unpacked by itself. */
	readonly packed?: Blob;
}

export interface Opened {
	readonly entries: readonly Entry[];
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

/** @param onBytes called with the number of bytes of archives read since the last call */
export async function openAll(
	files: readonly Brought[],
	onBytes: (count: number) => void
): Promise<Opened> {
	const entries: Entry[] = [];
	const hidden: string[] = [];
	const failed: ImportError[] = [];
	const room = new Room();
	room.count(files.length);

	const add = async (
		path: string,
		size: number,
		open: () => Promise<Blob>,
		depth: number,
		packed?: Blob
	) => {
		if (isHidden(path)) {
			hidden.push(path);
			return;
		}
		if (!size) {
			entries.push({ path, size, kind: 'empty', archived: depth > 0, open });
			return;
		}
		try {
			const blob = await open();
			const head = new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
			const kind = kindOf(head, blob.size);
			const expand = depth < DEEPEST ? OPENERS[kind] : undefined;
			if (expand)
				await expand({ path, blob, room, onBytes }, (inner, innerSize, openInner) =>
					kind === 'gzip'
						? add(inner, innerSize, openInner, depth + 0.5, blob)
						: add(inner, innerSize, openInner, depth + 1)
				);
			else entries.push({ path, size, kind, archived: depth >= 1, open, packed });
		} catch (error) {
			if (error instanceof ImportError && LIMIT_CODES.includes(error.problem.code)) throw error;
			failed.push(
				error instanceof ImportError
					? error
					: damaged(path, null, 'a file that can be read', (error as Error).message)
			);
		}
	};
	for (const { path, blob } of files) await add(path, blob.size, () => Promise.resolve(blob), 0);
	return { entries, hidden, failed };
}

interface Archive {
	readonly path: string;
	readonly blob: Blob;
	readonly room: Room;
	readonly onBytes: (count: number) => void;
}
type Add = (path: string, size: number, open: () => Promise<Blob>) => Promise<void>;

/** How each kind of archive is opened. */
const OPENERS: { readonly [K in FileKind]?: (archive: Archive, add: Add) => Promise<void> } = {
	async zip({ path, blob, room }, add) {
		const zipped = await readZip(blob, LIMITS.files).catch((error: unknown) => {
			throw error instanceof ZipError ? ofZip(path, error) : error;
		});
		room.count(zipped.length);
		let made = 0;
		for (const file of zipped) {
			room.take(file.size, path, (made += file.size), blob);
			const open = async () => {
				const bytes = await file.bytes(LIMITS.bytes).catch((error: unknown) => {
					throw error instanceof ZipError ? ofZip(path, error) : error;
				});
				return new Blob([bytes as Uint8Array<ArrayBuffer>]);
			};
			await add(`${path}/${file.path}`, file.size, open);
		}
	},
	async gzip({ path, blob, room, onBytes }, add) {
		const stream = gunzipped(counted(blob, onBytes), LIMITS.bytes);
		let made = 0;
		const unpacked = await collect(stream, (bytes) =>
			room.take(bytes, path, (made += bytes), blob)
		).catch((error: Error) => {
			if (!(error instanceof GunzipError)) throw error;
			const at = error.problem.code === 'gzip-large' ? null : error.problem.bytes;
			throw damaged(path, at, 'data that can be unpacked', error.message);
		});
		await add(path, unpacked.size, () => Promise.resolve(unpacked));
	},
	async tar({ path, blob, room }, add) {
		let read = 0;
		try {
			const entries = counted(blob, (count) => (read += count)).pipeThrough(
				createTarDecoder({ strict: true })
			);
			for await (const { header, body } of piecesOf(entries)) {
				room.count(1);
				const file = await collect(body, () => {});
				if (header.type === undefined || header.type === 'file')
					await add(`${path}/${header.name}`, file.size, () => Promise.resolve(file));
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

async function collect(
	stream: ReadableStream<Uint8Array>,
	onBytes: (count: number) => void
): Promise<Blob> {
	let whole = new Blob([]);
	let pieces: Uint8Array<ArrayBuffer>[] = [];
	let waiting = 0;
	const reader = stream.getReader();
	for (;;) {
		const { value, done } = await reader.read();
		if (done) break;
		onBytes(value.length);
		pieces.push(value as Uint8Array<ArrayBuffer>);
		if ((waiting += value.length) < PIECE) continue;
		whole = new Blob([whole, ...pieces]);
		pieces = [];
		waiting = 0;
	}
	return new Blob([whole, ...pieces]);
}

export const lastOfPath = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
