/**
 * Reads zip files without unpacking them as a whole: the directory first, then each file when it is asked for. The library's
 * reader alone, without its workers and the writer, is 22 kB compressed.
 */
import {
	BlobReader,
	configure,
	Uint8ArrayWriter,
	ZipReader,
	type FileEntry
} from '@zip.js/zip.js/lib/zip-core-custom.js';
import { inflateSync } from 'fflate';
import { BlobParts } from './blobParts';
import { crc32 } from './gunzip';
import { latin1 } from './latin1';

configure({ useWebWorkers: false });

export type ZipProblem =
	/** Not a zip file, or a damaged or cut one; `path` is empty for the whole. */
	| { readonly code: 'zip-damaged'; readonly path: string; readonly detail: string }
	| { readonly code: 'zip-encrypted'; readonly path: string }
	/** Packed in a way that browsers cannot unpack. */
	| { readonly code: 'zip-method'; readonly path: string }
	| {
			readonly code: 'zip-large';
			readonly path: string;
			readonly size: number;
			readonly most: number;
	  }
	/** More than `most` files and folders; the paths of the first files. */
	| { readonly code: 'zip-many'; readonly most: number; readonly first: readonly string[] };

export class ZipError extends Error {
	override readonly name = 'ZipError';
	constructor(readonly problem: ZipProblem) {
		super(JSON.stringify(problem));
	}
}

/** A file in a zip file. */
export interface Zipped {
	/** Path within the zip file, with `/`. */
	readonly path: string;
	/** Unpacked size in bytes, as the directory says. */
	readonly size: number;
	/**
	 * Unpacks the file and checks its size and CRC-32.
	 * @param most largest size that is unpacked
	 * @throws ZipError
	 */
	readonly bytes: (most: number) => Promise<Uint8Array<ArrayBuffer>>;
}

/** A pair of bytes of GB 2312; letters of CP437 such as ä or é never have such numbers. */
const CHINESE = /^(?:[\0-\x7f]|[\xa1-\xf7][\xa1-\xfe])+$/;
/**
 * A name that is not marked as UTF-8. macOS and many programs write UTF-8 all the same, and Chinese Windows writes GBK.
 * @returns undefined for CP437, which the library then decodes
 */
function decodeName(bytes: Uint8Array, encoding: string): string | undefined {
	if (encoding !== 'cp437') return undefined;
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		return CHINESE.test(latin1(bytes)) ? new TextDecoder('gbk').decode(bytes) : undefined;
	}
}

/** How many paths tell what a zip file of too many files is. */
const FIRST = 20;

const STORED = 0;
const DEFLATED = 8;

/** Smaller files are unpacked at once, in bytes: the library's streams take many times as long for 100,000 pictures. */
const SMALL = 1 << 20;
/** Length of the header before a file's bytes, without the name and the extra field. */
const HEADER = 30;
/** Bytes of the extra field that are read along with the header. */
const EXTRA = 64;

/** Where a small file lies in a zip file, and what comes out. The library's entry takes 8 kB of memory. */
interface Place {
	readonly offset: number;
	readonly name: number;
	readonly packed: number;
	readonly size: number;
	readonly deflated: boolean;
	readonly crc: number;
}

/** @throws Error if it is not as the directory says */
async function unpackedAtOnce(parts: BlobParts, place: Place): Promise<Uint8Array<ArrayBuffer>> {
	const { offset, packed, size, deflated, crc } = place;
	const read = await parts.read(offset, HEADER + place.name + EXTRA + packed);
	if (read.length < HEADER || latin1(read.subarray(0, 4)) !== 'PK\x03\x04')
		throw new Error('no header where the directory says');
	const view = new DataView(read.buffer, read.byteOffset, HEADER);
	const start = HEADER + view.getUint16(26, true) + view.getUint16(28, true);
	const within = start + packed <= read.length;
	const body = within
		? read.subarray(start, start + packed)
		: await parts.read(offset + start, packed);
	if (body.length < packed) throw new Error('the end of the file');
	const bytes = deflated ? inflateSync(body, { out: new Uint8Array(size) }) : body.slice();
	if (bytes.length !== size || crc32(bytes) !== crc) throw new Error('a wrong check sum');
	return bytes;
}

// Two functions, because closures of one would all hold the entry.
function atOnce(entry: FileEntry, parts: BlobParts) {
	const { offset, compressedSize: packed, uncompressedSize: size, crc32: crc = 0 } = entry;
	const deflated = entry.compressionMethod === DEFLATED;
	const place: Place = { offset, name: entry.rawFilename.length, packed, size, deflated, crc };
	return () => unpackedAtOnce(parts, place);
}
function asStream(entry: FileEntry) {
	return () => entry.getData(new Uint8ArrayWriter(), { checkCrc32: true });
}

function zipped(entry: FileEntry, parts: BlobParts): Zipped {
	// Windows tools have written backslashes.
	const path = entry.filename.replaceAll('\\', '/');
	const { uncompressedSize: size, encrypted } = entry;
	const readable = [STORED, DEFLATED].includes(entry.compressionMethod);
	const unpack =
		Math.max(entry.compressedSize, size) <= SMALL ? atOnce(entry, parts) : asStream(entry);
	return {
		path,
		size,
		bytes: async (most) => {
			if (encrypted) throw new ZipError({ code: 'zip-encrypted', path });
			if (!readable) throw new ZipError({ code: 'zip-method', path });
			if (size > most) throw new ZipError({ code: 'zip-large', path, size, most });
			try {
				return await unpack();
			} catch (error) {
				throw new ZipError({ code: 'zip-damaged', path, detail: (error as Error).message });
			}
		}
	};
}

/**
 * Lists the files of a zip file, without folders.
 * @param most largest number of files and folders
 * @throws ZipError
 */
export async function readZip(blob: Blob, most: number): Promise<Zipped[]> {
	// Names are never used as paths on a disk: those that would be unsafe there are read as well.
	const reader = new ZipReader(new BlobReader(blob), {
		filenameValidation: 'tolerant',
		decodeText: decodeName
	});
	const parts = new BlobParts(blob);
	const files: Zipped[] = [];
	let count = 0;
	try {
		for await (const entry of reader.getEntriesGenerator()) {
			if (++count > most) {
				const first = files.slice(0, FIRST).map(({ path }) => path);
				throw new ZipError({ code: 'zip-many', most, first });
			}
			if (!entry.directory) files.push(zipped(entry, parts));
		}
	} catch (error) {
		if (error instanceof ZipError) throw error;
		throw new ZipError({ code: 'zip-damaged', path: '', detail: (error as Error).message });
	}
	return files;
}
