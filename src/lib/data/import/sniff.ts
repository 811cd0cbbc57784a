/** Tells what a file is by its first bytes, whatever its name. */

import { latin1 } from '$lib/base/latin1';
import { standInOf } from '$lib/base/standIn';

/** Pictures that are read. */
export const PICTURE_KINDS = ['png', 'jpeg', 'gif', 'webp', 'bmp', 'avif'] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** Endings of names by which people and programs call such pictures. */
export const PICTURE_NAME = /\.(png|jpe?g|jfif|gif|webp|bmp|avif)$/i;

export type FileKind =
	| PictureKind
	/** Pictures that browsers cannot read. */
	| 'heic'
	| 'tiff'
	| 'jxl'
	| 'jp2'
	| 'pnm'
	| 'psd'
	| 'ico'
	| 'tga'
	| 'svg'
	| 'raw-photo'
	| 'zip'
	| 'gzip'
	| 'tar'
	| 'bzip2'
	| 'xz'
	| 'zstd'
	| 'rar-or-7z'
	| 'idx'
	| 'pickle'
	| 'numpy'
	| 'matlab'
	| 'hdf5'
	| 'parquet'
	| 'safetensors'
	| 'pdf'
	| 'film'
	| 'web-page'
	| 'git-lfs'
	| 'text'
	| 'empty'
	| 'unknown';

/** Number of a file's first bytes that `kindOf` looks at. */
export const HEAD_BYTES = 1024;

const latin = (bytes: Uint8Array, start: number, end: number) => latin1(bytes.subarray(start, end));

/** Kinds by the text at a place of the file. */
const MARKS: readonly (readonly [at: number, mark: string, kind: FileKind])[] = [
	[0, '\x89PNG\r\n\x1a\n', 'png'],
	[0, '\xff\xd8\xff', 'jpeg'],
	[0, 'GIF8', 'gif'],
	[8, 'WEBP', 'webp'],
	[0, '8BPS', 'psd'],
	[0, '\xff\x0a', 'jxl'],
	[4, 'JXL \r\n', 'jxl'],
	[4, 'jP  \r\n', 'jp2'],
	[0, '\xff\x4f\xff\x51', 'jp2'],
	[0, 'FUJIFILM', 'raw-photo'],
	[0, 'PK\x03\x04', 'zip'],
	[0, 'PK\x05\x06', 'zip'],
	[0, '\x1f\x8b', 'gzip'],
	[257, 'ustar', 'tar'],
	[0, 'BZh', 'bzip2'],
	[0, '\xfd7zXZ', 'xz'],
	[0, '\x28\xb5\x2f\xfd', 'zstd'],
	[0, 'Rar!', 'rar-or-7z'],
	[0, "7z\xbc\xaf'\x1c", 'rar-or-7z'],
	[0, '\x93NUMPY', 'numpy'],
	[0, 'MATLAB', 'matlab'],
	[0, '\x89HDF\r\n', 'hdf5'],
	[0, 'PAR1', 'parquet'],
	[0, '%PDF', 'pdf'],
	[0, '\x1aE\xdf\xa3', 'film']
];

/** Kinds of the container that AVIF, HEIC and films share, by its brands; films have many. */
const BRANDS: readonly (readonly [RegExp, FileKind])[] = [
	[/avif|avis/, 'avif'],
	[/^(heic|heix|heim|heis|hevc|hevx|mif1|msf1)/, 'heic'],
	[/^crx /, 'raw-photo']
];

/**
 * @param head the file's first `HEAD_BYTES` bytes, or all
 * @param size of the whole file, in bytes
 */
export function kindOf(head: Uint8Array, size: number): FileKind {
	if (!size) return 'empty';
	const marked = MARKS.find(([at, mark]) => latin(head, at, at + mark.length) === mark);
	if (marked) return marked[2];
	if (latin(head, 4, 8) === 'ftyp') {
		const brands = latin(head, 8, Math.min(head.length, 64));
		return BRANDS.find(([brand]) => brand.test(brands))?.[1] ?? 'film';
	}
	if (latin(head, 0, 2) === 'BM' && BMP_HEADERS.includes(head[14])) return 'bmp';
	if (['II*\0', 'MM\0*', 'II+\0'].includes(latin(head, 0, 4))) return 'tiff';
	if (/^P[1-6]\s+(#.*\s+)*\d+\s+\d+\s/.test(latin(head, 0, 256))) return 'pnm';
	if (isIcon(head)) return 'ico';
	if (isIdx(head, size)) return 'idx';
	if (isTarHeader(head)) return 'tar';
	if (head[0] === 0x80 && head[1] >= 2 && head[1] <= 5) return 'pickle';
	if (isSafetensors(head, size)) return 'safetensors';
	if (isText(head)) {
		const start = new TextDecoder().decode(head).trimStart();
		if (/^(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)?(<!doctype svg|<svg)/i.test(start)) return 'svg';
		// XML describes pictures, too.
		return /^<\?xml/i.test(start) ? 'text' : (standInOf(start) ?? 'text');
	}
	// Last, because nothing marks its beginning.
	return isTga(head, size) ? 'tga' : 'unknown';
}

export const isPicture = (kind: FileKind): kind is PictureKind =>
	(PICTURE_KINDS as readonly FileKind[]).includes(kind);

/** Lengths of the second header of a BMP, by its versions. */
const BMP_HEADERS = [12, 40, 52, 56, 64, 108, 124];

/** Whether bytes begin an icon or a pointer of Windows: its mark, the number of its pictures, and the first one's entry. */
function isIcon(head: Uint8Array): boolean {
	if (head.length < 22) return false;
	const [zero, also, type, none, count, many, , , , reserved] = head;
	const first = new DataView(head.buffer, head.byteOffset).getUint32(18, true);
	return (
		!(zero || also || none || many || reserved) &&
		(type === 1 || type === 2) &&
		count > 0 &&
		first === 6 + 16 * count
	);
}

/** Types of a TGA picture, by whether it has a palette; from 9 on its pixels are packed. */
const TGA_TYPES: readonly (readonly number[])[] = [
	[2, 3, 10, 11],
	[1, 9]
];
const PACKED_TGA = 9;

/** Whether bytes begin a TGA picture: a plausible header, and a file of the size that this tells. */
function isTga(head: Uint8Array, size: number): boolean {
	if (head.length < 18) return false;
	const view = new DataView(head.buffer, head.byteOffset);
	const [text, palette, type] = head;
	const [colours, bits] = [view.getUint16(5, true), head[7]];
	const pixels = view.getUint16(12, true) * view.getUint16(14, true);
	const depth = head[16];
	if (!TGA_TYPES[palette]?.includes(type) || !pixels || ![8, 15, 16, 24, 32].includes(depth))
		return false;
	if (palette ? ![15, 16, 24, 32].includes(bits) : colours || bits) return false;
	const before = 18 + text + colours * Math.ceil(bits / 8);
	const whole = before + pixels * Math.ceil(depth / 8);
	return type >= PACKED_TGA ? size > before : size >= whole && size <= whole + 4096;
}

/** Bytes of a value, by the type in an IDX file's magic number. */
export const IDX_TYPES: Readonly<
	Record<number, { readonly bytes: number; readonly name: string }>
> = {
	0x08: { bytes: 1, name: 'unsigned bytes' },
	0x09: { bytes: 1, name: 'signed bytes' },
	0x0b: { bytes: 2, name: '16-bit integers' },
	0x0c: { bytes: 4, name: '32-bit integers' },
	0x0d: { bytes: 4, name: '32-bit floats' },
	0x0e: { bytes: 8, name: '64-bit floats' }
};

/** The axes of an IDX file, or null if its first bytes are none. */
export function idxAxes(head: Uint8Array): readonly number[] | null {
	const [first, second, type, count] = head;
	if (first || second || !IDX_TYPES[type] || count < 1 || count > 4) return null;
	if (head.length < 4 + 4 * count) return null;
	const view = new DataView(head.buffer, head.byteOffset);
	return Array.from({ length: count }, (_, axis) => view.getUint32(4 + 4 * axis));
}

function isIdx(head: Uint8Array, size: number): boolean {
	const axes = idxAxes(head);
	if (!axes || axes.includes(0)) return false;
	const whole = 4 + 4 * axes.length + axes.reduce((a, b) => a * b, IDX_TYPES[head[2]].bytes);
	// A cut or lengthened file is still meant to be one where its header is plausible.
	return whole === size || (axes[0] <= 1e7 && axes.slice(1).every((axis) => axis <= 4096));
}

/** Whether a block is the header of an old tar archive, without a mark: its checksum is right. */
function isTarHeader(head: Uint8Array): boolean {
	if (head.length < 512) return false;
	const block = head.subarray(0, 512);
	const told = parseInt(latin(block, 148, 156).replace(/\0.*$/, ''), 8);
	const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
	// A block of zeros has the sum of the checksum's own eight blanks.
	return told === sum && sum > 256;
}

function isSafetensors(head: Uint8Array, size: number): boolean {
	if (head.length < 10 || head[8] !== 0x7b) return false;
	const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
	return length >= 2 && 8 + length <= size;
}

/** Whether bytes are text: UTF-16 by its mark, else no control characters but blanks. */
function isText(head: Uint8Array): boolean {
	if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) return true;
	return head.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13) || byte === 27);
}
