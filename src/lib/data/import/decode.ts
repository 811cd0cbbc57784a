/**
 * Decodes pictures, the common kinds by code of ours or of libraries, so that every browser gets the same bytes: PNG by
 * fast-png (browsers reduce 16 bits to 8 and mix in the alpha), JPEG by mozjpeg, its CMYK by jpeg-js; the rest by the browser.
 */
import { convertIndexedToRgb, decode as decodePng } from 'fast-png';
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js';
import { decode as decodeCmyk } from 'jpeg-js';
import { latin1 } from '$lib/base/latin1';
import { upright, type Raster } from './raster';
import type { PictureKind } from './sniff';

/** What the decoders of this module need from where they run. */
export interface Decoders {
	/** The WebAssembly of mozjpeg's decoder. */
	readonly jpeg: () => Promise<WebAssembly.Module>;
	/** Decodes what only the browser can, to RGBA; null where there is no browser. */
	readonly browser:
		((picture: Blob) => Promise<{ width: number; height: number; data: Uint8ClampedArray }>) | null;
}

export interface PictureHead {
	readonly width: number;
	readonly height: number;
	/** Without colours. */
	readonly grey: boolean;
	/** More than 8 bits a value. */
	readonly deep: boolean;
	readonly alpha: boolean;
	readonly animated: boolean;
}

/** Larger pictures are not decoded, in pixels: their values alone would take 200 MB. */
export const MOST_PIXELS = 50e6;

class Bytes {
	readonly view: DataView;
	constructor(readonly bytes: Uint8Array) {
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}
	text(start: number, length: number): string {
		return latin1(this.bytes.subarray(start, start + length));
	}
	/** Place of a text, or -1. */
	find(text: string, start = 0): number {
		const first = text.charCodeAt(0);
		for (let at = start; (at = this.bytes.indexOf(first, at)) >= 0; at++)
			if (this.text(at, text.length) === text) return at;
		return -1;
	}
}

const CUT = 'its end is missing';

/**
 * Reads what a picture says of itself, and checks that it is whole, without decoding it.
 * @throws Error saying what is wrong with it
 */
export function pictureHead(bytes: Uint8Array, kind: PictureKind): PictureHead {
	let head: PictureHead;
	try {
		head = HEADS[kind](new Bytes(bytes));
	} catch (error) {
		throw error instanceof RangeError ? new Error(CUT, { cause: error }) : error;
	}
	if (!(head.width > 0 && head.height > 0)) throw new Error('it has no pixels');
	return head;
}

const plain = { grey: false, deep: false, alpha: false, animated: false };

const HEADS: Readonly<Record<PictureKind, (file: Bytes) => PictureHead>> = {
	png: (file) => {
		const { names } = pngChunks(file);
		const [depth, colour] = [file.bytes[24], file.bytes[25]];
		return {
			width: file.view.getUint32(16),
			height: file.view.getUint32(20),
			grey: colour === 0 || colour === 4,
			deep: depth === 16,
			alpha: colour === 4 || colour === 6 || names.has('tRNS'),
			animated: names.has('acTL')
		};
	},
	jpeg: (file) => ({ ...plain, ...jpegHead(file) }),
	gif: (file) => {
		if (file.bytes[file.bytes.length - 1] !== 0x3b && file.bytes.lastIndexOf(0x3b) < 13)
			throw new Error(CUT);
		return {
			...plain,
			width: file.view.getUint16(6, true),
			height: file.view.getUint16(8, true),
			animated: file.find('NETSCAPE2.0') > 0
		};
	},
	webp: (file) => {
		if (file.view.getUint32(4, true) + 8 > file.bytes.length + 1) throw new Error(CUT);
		const { bytes, view } = file;
		const kind = file.text(12, 4);
		if (kind === 'VP8X') {
			const size = (at: number) => 1 + bytes[at] + (bytes[at + 1] << 8) + (bytes[at + 2] << 16);
			const flags = bytes[20];
			const [alpha, animated] = [(flags & 16) > 0, (flags & 2) > 0];
			return { ...plain, width: size(24), height: size(27), alpha, animated };
		}
		if (kind === 'VP8L') {
			const bits = view.getUint32(21, true);
			const [width, height] = [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
			return { ...plain, width, height, alpha: (bits & 0x10000000) > 0 };
		}
		const size = (at: number) => view.getUint16(at, true) & 0x3fff;
		return { ...plain, width: size(26), height: size(28) };
	},
	bmp: (file) => {
		const told = file.view.getUint32(2, true);
		if (told > file.bytes.length) throw new Error(CUT);
		if (file.bytes[14] === 12)
			return {
				...plain,
				width: file.view.getUint16(18, true),
				height: file.view.getUint16(20, true)
			};
		const height = Math.abs(file.view.getInt32(22, true));
		return { ...plain, width: file.view.getInt32(18, true), height };
	},
	avif: (file) => {
		const at = file.find('ispe');
		if (at < 0) throw new Error('it does not say its size');
		return { ...plain, width: file.view.getUint32(at + 8), height: file.view.getUint32(at + 12) };
	}
};

/** The names of a PNG's chunks, and its EXIF block. @throws Error if the file ends before its last chunk */
function pngChunks(file: Bytes): {
	readonly names: ReadonlySet<string>;
	readonly exif: Bytes | null;
} {
	const names = new Set<string>();
	let exif: Bytes | null = null;
	for (let at = 8; ;) {
		if (at + 12 > file.bytes.length) throw new Error(CUT);
		const length = file.view.getUint32(at);
		const name = file.text(at + 4, 4);
		names.add(name);
		if (name === 'eXIf') exif = new Bytes(file.bytes.subarray(at + 8, at + 8 + length));
		at += 12 + length;
		if (at > file.bytes.length) throw new Error(CUT);
		if (name === 'IEND') return { names, exif };
	}
}

interface JpegHead {
	readonly width: number;
	readonly height: number;
	readonly grey: boolean;
	readonly components: number;
	/** EXIF's orientation, 1 to 8. */
	readonly orientation: number;
}

/** @throws Error if the file ends before its picture does */
function jpegHead(file: Bytes): JpegHead {
	const { bytes, view } = file;
	let orientation = 1;
	let size: { width: number; height: number; components: number } | null = null;
	for (let at = 2; ;) {
		while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
		if (at + 4 > bytes.length) throw new Error(CUT);
		if (bytes[at] !== 0xff) throw new Error('its parts are damaged');
		const marker = bytes[at + 1];
		const length = view.getUint16(at + 2);
		if (marker === 0xe1 && file.text(at + 4, 4) === 'Exif')
			orientation = exifOrientation(new Bytes(bytes.subarray(at + 10, at + 2 + length)));
		// Frames: all but tables of Huffman codes, of arithmetic codes, and an extension.
		if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
			size = {
				height: view.getUint16(at + 5),
				width: view.getUint16(at + 7),
				components: bytes[at + 9]
			};
		at += 2 + length;
		// Pixels begin; in them 0xff is followed by a zero, so that this finds the end of the picture.
		if (marker === 0xda) {
			let end = at;
			while ((end = bytes.indexOf(0xff, end)) >= 0 && bytes[end + 1] !== 0xd9) end++;
			if (end < 0) throw new Error(CUT);
			break;
		}
	}
	if (!size) throw new Error('it does not say its size');
	const { width, height, components } = size;
	const turned = orientation >= 5;
	return {
		width: turned ? height : width,
		height: turned ? width : height,
		grey: components === 1,
		components,
		orientation
	};
}

/** EXIF's orientation of a TIFF block, 1 if it says none. */
function exifOrientation(block: Bytes): number {
	const { bytes, view } = block;
	const little = block.text(0, 2) === 'II';
	const at = bytes.length >= 8 ? view.getUint32(4, little) : bytes.length;
	if (at + 2 > bytes.length) return 1;
	const count = view.getUint16(at, little);
	for (let entry = at + 2; entry < at + 2 + 12 * count && entry + 12 <= bytes.length; entry += 12)
		if (view.getUint16(entry, little) === 0x0112) return view.getUint16(entry + 8, little);
	return 1;
}

/** @throws Error saying why it cannot be decoded */
export async function decodePicture(
	bytes: Uint8Array<ArrayBuffer>,
	kind: PictureKind,
	decoders: Decoders
): Promise<Raster> {
	const { width, height } = pictureHead(bytes, kind);
	if (width * height > MOST_PIXELS) throw new Error(`${width}×${height} pixels`);
	if (kind === 'png') return decodedPng(bytes);
	if (kind === 'jpeg') return decodedJpeg(bytes, decoders);
	if (!decoders.browser) throw new Error(`${kind} needs a browser`);
	const rgba = await decoders.browser(new Blob([bytes]));
	return { ...rgba, channels: 4, range: [0, 255] };
}

function decodedPng(bytes: Uint8Array): Raster {
	const png = decodePng(bytes, { checkCrc: true });
	const { width, height, depth } = png;
	const { exif } = pngChunks(new Bytes(bytes));
	const turn = (raster: Raster) => upright(raster, exif ? exifOrientation(exif) : 1);
	if (png.palette && png.channels === 1) {
		const data = convertIndexedToRgb(png);
		const channels = data.length === 4 * width * height ? 4 : 3;
		return turn({ width, height, channels, data, range: [0, 255] });
	}
	const data = depth < 8 ? separate(png.data, width, height, depth) : png.data;
	const channels = png.channels as Raster['channels'];
	const raster: Raster = { width, height, channels, data, range: [0, 2 ** depth - 1] };
	return turn(png.transparency ? withKey(raster, png.transparency) : raster);
}

/** One value for each pixel of a grey picture that packs several into a byte; rows begin with a byte. */
function separate(
	packed: ArrayLike<number>,
	width: number,
	height: number,
	depth: number
): Uint8Array {
	const rowBytes = Math.ceil((width * depth) / 8);
	const values = new Uint8Array(width * height);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) {
			const byte = packed[y * rowBytes + ((x * depth) >> 3)];
			values[y * width + x] = (byte >> (8 - depth - ((x * depth) & 7))) & (2 ** depth - 1);
		}
	return values;
}

/** Gives a picture an alpha that hides the pixels of one colour. */
function withKey(raster: Raster, key: ArrayLike<number>): Raster {
	const { width, height, channels, data, range } = raster;
	const out = new Uint16Array(width * height * (channels + 1));
	for (let pixel = 0; pixel < width * height; pixel++) {
		let hidden = true;
		for (let c = 0; c < channels; c++) {
			const value = data[pixel * channels + c];
			out[pixel * (channels + 1) + c] = value;
			hidden &&= value === key[c];
		}
		out[pixel * (channels + 1) + channels] = hidden ? 0 : range[1];
	}
	return { ...raster, channels: channels === 1 ? 2 : 4, data: out };
}

async function decodedJpeg(bytes: Uint8Array<ArrayBuffer>, decoders: Decoders): Promise<Raster> {
	const { orientation, components } = jpegHead(new Bytes(bytes));
	if (components === 4) {
		const { width, height, data } = decodeCmyk(bytes, {
			useTArray: true,
			maxResolutionInMP: MOST_PIXELS / 1e6,
			maxMemoryUsageInMB: 1024
		});
		return upright({ width, height, channels: 4, data, range: [0, 255] }, orientation);
	}
	try {
		started ??= decoders.jpeg().then((wasm) => initJpeg(optionsOf(wasm)));
		await started;
		const { width, height, data } = await decodeJpeg(bytes.slice().buffer);
		return upright({ width, height, channels: 4, data, range: [0, 255] }, orientation);
	} catch (error) {
		// What the decoder held of a damaged picture stays in its memory: the next picture gets a fresh one.
		started = null;
		throw new Error('its data are damaged', { cause: error });
	}
}

let started: Promise<void> | null = null;
const optionsOf = (wasm: WebAssembly.Module): Parameters<typeof initJpeg>[0] => ({
	instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
		const instance = new WebAssembly.Instance(wasm, imports);
		done(instance);
		return instance.exports;
	},
	// What it would print of damaged pictures, the error tells.
	printErr: () => {}
});
