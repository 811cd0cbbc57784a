/** Paints pixel pictures: feature maps in diverging colours, and images of a data set. */
import { interpolateRdBu } from 'd3';
import type { FeatureMap, TestImages } from '$lib/lab';
import { pixelOf, type Pixel } from '../../charts/normColour';

/** Shades from blue (most negative) over white (0) to red (most positive), which colour-blind readers can distinguish. */
const SHADES: readonly Pixel[] = Array.from({ length: 255 }, (_, i) =>
	pixelOf(interpolateRdBu(1 - i / 254))
);
const ZERO = (SHADES.length - 1) / 2;
/** Colours of infinities and NaN, which are not on the scale. */
const INFINITE: Pixel = [212, 0, 106];
const NAN: Pixel = [120, 120, 120];

/** The colour of a value on a scale from −limit to limit. */
export function shadeOf(value: number, limit: number): Pixel {
	if (Number.isNaN(value)) return NAN;
	if (!Number.isFinite(value)) return INFINITE;
	const place = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
	return SHADES[Math.round(ZERO + place * ZERO)];
}

/** The scale as a CSS gradient, from its lower to its upper end. */
export const SCALE_CSS = `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1]
	.map((t) => interpolateRdBu(1 - t))
	.join(', ')})`;

/** Largest finite magnitude in several maps, which sets their common scale. */
export function limitOf(maps: Iterable<Pick<FeatureMap, 'values'>>): number {
	let limit = 0;
	for (const { values } of maps)
		for (const value of values) {
			const size = Math.abs(value);
			if (size > limit && Number.isFinite(size)) limit = size;
		}
	return limit;
}

/**
 * The gradient by an image's pixels, `[H, W, C]`, as one value per pixel, `[H, W, 1]`: signed for a grey image, and the
 * largest magnitude over the channels for one in colour (Simonyan, Vedaldi and Zisserman 2014, §3.1).
 */
export function sensitivity(gradient: FeatureMap): FeatureMap {
	const [height, width, channels] = gradient.shape;
	if (channels === 1) return gradient;
	const values = new Float32Array(height * width);
	gradient.values.forEach((value, i) => {
		const pixel = Math.floor(i / channels);
		values[pixel] = Math.max(values[pixel], Math.abs(value));
	});
	return { shape: [height, width, 1], values };
}

/** The layout of a map's channels as tiles. */
export interface Tiles {
	readonly channels: number;
	readonly columns: number;
	readonly rows: number;
	/** Height of one tile, in values. */
	readonly height: number;
	readonly width: number;
	/** Size of a value in pixels. */
	readonly scale: number;
}

/** Gap between tiles, in pixels. */
export const TILE_GAP = 2;

/** Tiles for a map `[H, W, C]` or `[units]`, in a picture about as wide as `target` pixels. */
export function tilesOf(shape: readonly number[], target: number): Tiles {
	const channels = shape[shape.length - 1];
	const [height, width] = shape.length === 3 ? shape : [1, 1];
	const columns = 2 ** Math.ceil(Math.log2(channels) / 2);
	const room = Math.floor((target - (columns - 1) * TILE_GAP) / (columns * width));
	return {
		channels,
		columns,
		rows: Math.ceil(channels / columns),
		height,
		width,
		scale: Math.max(1, room)
	};
}

/** Upper left corner and size of a channel's tile, in pixels. */
export function tileBox({ columns, width, height, scale }: Tiles, channel: number) {
	const [w, h] = [width * scale, height * scale];
	return {
		x: (channel % columns) * (w + TILE_GAP),
		y: Math.floor(channel / columns) * (h + TILE_GAP),
		width: w,
		height: h
	};
}

/** Size of the whole picture, in pixels. */
export function pictureSize({ columns, rows, width, height, scale }: Tiles) {
	return {
		width: columns * (width * scale + TILE_GAP) - TILE_GAP,
		height: rows * (height * scale + TILE_GAP) - TILE_GAP
	};
}

/** The channel at a position in the picture; null outside the tiles. */
export function channelAt(tiles: Tiles, x: number, y: number): number | null {
	const { columns, rows, width, height, scale, channels } = tiles;
	const column = Math.floor(x / (width * scale + TILE_GAP));
	const row = Math.floor(y / (height * scale + TILE_GAP));
	const channel = row * columns + column;
	const inside = column >= 0 && column < columns && row >= 0 && row < rows;
	return inside && channel < channels ? channel : null;
}

/** Paints the tiles as RGBA; gaps stay transparent. */
export function paintTiles(
	{ values }: FeatureMap,
	tiles: Tiles,
	limit: number
): Uint8ClampedArray<ArrayBuffer> {
	const size = pictureSize(tiles);
	const rgba = new Uint8ClampedArray(size.width * size.height * 4);
	const { channels, width, scale } = tiles;
	for (let channel = 0; channel < channels; channel++) {
		const box = tileBox(tiles, channel);
		for (let y = 0; y < box.height; y++)
			for (let x = 0; x < box.width; x++) {
				const from = Math.floor(y / scale) * width + Math.floor(x / scale);
				const shade = shadeOf(values[from * channels + channel], limit);
				const to = ((box.y + y) * size.width + box.x + x) * 4;
				rgba.set(shade, to);
				rgba[to + 3] = 255;
			}
	}
	return rgba;
}

/** Paints one of several test images, by its position among them. */
export function paintTestImage({ pixels, shape }: TestImages, place: number) {
	const size = shape.reduce((a, b) => a * b);
	return paintImage(pixels.subarray(place * size, (place + 1) * size), shape);
}

/** Paints an image of a data set, bytes `[H, W, C]`; a single channel is grey. */
export function paintImage(
	pixels: Uint8Array,
	[height, width, channels]: readonly number[]
): Uint8ClampedArray<ArrayBuffer> {
	const rgba = new Uint8ClampedArray(height * width * 4);
	for (let i = 0; i < height * width; i++) {
		for (let c = 0; c < 3; c++) rgba[i * 4 + c] = pixels[i * channels + (channels === 3 ? c : 0)];
		rgba[i * 4 + 3] = 255;
	}
	return rgba;
}
