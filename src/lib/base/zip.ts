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
	| { readonly code: 'zip-many'; readonly most: number };

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

const STORED = 0;
const DEFLATED = 8;

function zipped(entry: FileEntry): Zipped {
	// Windows tools have written backslashes.
	const path = entry.filename.replaceAll('\\', '/');
	const size = entry.uncompressedSize;
	return {
		path,
		size,
		bytes: async (most) => {
			if (entry.encrypted) throw new ZipError({ code: 'zip-encrypted', path });
			if (![STORED, DEFLATED].includes(entry.compressionMethod))
				throw new ZipError({ code: 'zip-method', path });
			if (size > most) throw new ZipError({ code: 'zip-large', path, size, most });
			try {
				return await entry.getData(new Uint8ArrayWriter(), { checkCrc32: true });
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
	const files: Zipped[] = [];
	let count = 0;
	try {
		for await (const entry of reader.getEntriesGenerator()) {
			if (++count > most) throw new ZipError({ code: 'zip-many', most });
			if (!entry.directory) files.push(zipped(entry));
		}
	} catch (error) {
		if (error instanceof ZipError) throw error;
		throw new ZipError({ code: 'zip-damaged', path: '', detail: (error as Error).message });
	}
	return files;
}
