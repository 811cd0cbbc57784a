/**
 * Pictures as numbers, and how one of any size becomes an image of the set: the same bytes in every browser. Scaling is
 * the average over the area that a pixel covers, on the values as they are stored.
 */

export interface Raster {
	readonly width: number;
	readonly height: number;
	/** Grey, grey and alpha, RGB, RGBA. */
	readonly channels: 1 | 2 | 3 | 4;
	/** `[height, width, channels]`. */
	readonly data: ArrayLike<number>;
	/** The values of black and white, and of an alpha that hides nothing (0 hides all); 0 and 255 for pictures of 8 bits. */
	readonly range: readonly [black: number, white: number];
}

/** How an image lies: `transpose` swaps rows and columns; the others turn it clockwise, by degrees. */
export const TURNS = ['none', 'transpose', '90', '180', '270'] as const;
export type Turn = (typeof TURNS)[number];

export const BACKGROUNDS = { white: 255, grey: 128, black: 0 } as const;
export type Background = keyof typeof BACKGROUNDS;

export interface ImageOptions {
	/** Side of the square image, in pixels. */
	readonly side: number;
	readonly channels: 1 | 3;
	/** What becomes of pictures that are not square: `cut` keeps the central square, `pad` adds edges of the background. */
	readonly fit: 'cut' | 'pad';
	/** What stands behind transparent pixels, and at the edges that are added. */
	readonly background: Background;
	readonly turn: Turn;
}

/** Bytes `[side, side, channels]`; grey values are luma (BT.601). */
export function toImage(raster: Raster, options: ImageOptions): Uint8Array<ArrayBuffer> {
	const { side, channels, fit, background, turn } = options;
	const { width, height } = raster;
	const row = rowReader(raster, channels, BACKGROUNDS[background]);
	if (fit === 'cut') {
		const square = Math.min(width, height);
		const [left, top] = [(width - square) >> 1, (height - square) >> 1];
		const part = { channels, left, top, across: square, down: square };
		const image = areaAverage(row, part, side, side);
		return turned(Uint8Array.from(image, Math.round), side, channels, turn);
	}
	const longest = Math.max(width, height);
	// A set of an odd side gets one more row and column instead of being blurred.
	const scale = longest === side - 1 ? 1 : side / longest;
	const across = Math.max(1, Math.round(width * scale));
	const down = Math.max(1, Math.round(height * scale));
	const inner = areaAverage(
		row,
		{ channels, left: 0, top: 0, across: width, down: height },
		across,
		down
	);
	const image = new Uint8Array(side * side * channels).fill(BACKGROUNDS[background]);
	const [left, top] = [(side - across) >> 1, (side - down) >> 1];
	for (let y = 0; y < down; y++)
		for (let i = 0; i < across * channels; i++)
			image[((top + y) * side + left) * channels + i] = Math.round(
				inner[y * across * channels + i]
			);
	return turned(image, side, channels, turn);
}

/** Reads a row of the picture as values of 0 to 255 before its background, `[width, channels]`; each call fills the same array. */
function rowReader(raster: Raster, channels: 1 | 3, behind: number): (y: number) => Float64Array {
	const { width, data, range } = raster;
	const [black, white] = range;
	const scale = 255 / (white - black);
	const value = (at: number) => Math.min(255, Math.max(0, (data[at] - black) * scale));
	const colours = raster.channels >= 3 ? 3 : 1;
	const hasAlpha = raster.channels === 2 || raster.channels === 4;
	const out = new Float64Array(width * channels);
	return (y) => {
		let from = y * width * raster.channels;
		for (let to = 0; to < out.length; from += raster.channels) {
			let red = value(from);
			let green = colours === 3 ? value(from + 1) : red;
			let blue = colours === 3 ? value(from + 2) : red;
			if (hasAlpha) {
				const alpha = Math.min(1, Math.max(0, data[from + colours] / white));
				red = behind + (red - behind) * alpha;
				green = behind + (green - behind) * alpha;
				blue = behind + (blue - behind) * alpha;
			}
			if (channels === 1)
				out[to++] = colours === 1 ? red : 0.299 * red + 0.587 * green + 0.114 * blue;
			else {
				out[to++] = red;
				out[to++] = green;
				out[to++] = blue;
			}
		}
		return out;
	};
}

/** The part of a picture that is scaled, in pixels. */
interface Part {
	readonly channels: number;
	readonly left: number;
	readonly top: number;
	readonly across: number;
	readonly down: number;
}

/**
 * Scales a part of a picture to `columns × rows`, first along rows, then along columns: each new pixel is the mean of
 * what it covers, with pixels at its edges weighted by the share that it covers.
 */
function areaAverage(
	row: (y: number) => Float64Array,
	{ channels, left, top, across, down }: Part,
	columns: number,
	rows: number
): Float64Array {
	const size = columns * channels;
	const narrow = new Float64Array(size * down);
	const overColumns = shares(across, columns);
	for (let y = 0; y < down; y++) {
		const pixels = row(top + y);
		for (let x = 0; x < columns; x++)
			for (const [at, share] of overColumns[x])
				for (let c = 0; c < channels; c++)
					narrow[y * size + x * channels + c] += share * pixels[(left + at) * channels + c];
	}
	const out = new Float64Array(size * rows);
	shares(down, rows).forEach((covered, y) => {
		for (const [at, share] of covered)
			for (let i = 0; i < size; i++) out[y * size + i] += share * narrow[at * size + i];
	});
	return out;
}

/** For each of `to` cells laid over `from` pixels: the pixels that it covers, with their shares, which add up to 1. */
function shares(from: number, to: number): [at: number, share: number][][] {
	const size = from / to;
	return Array.from({ length: to }, (_, cell) => {
		const [start, end] = [cell * size, (cell + 1) * size];
		const covered: [number, number][] = [];
		for (let at = Math.floor(start); at < Math.min(from, Math.ceil(end)); at++) {
			const share = (Math.min(end, at + 1) - Math.max(start, at)) / size;
			if (share > 0) covered.push([at, share]);
		}
		return covered;
	});
}

/** A square image turned; bytes `[side, side, channels]`. */
export function turned(
	image: Uint8Array<ArrayBuffer>,
	side: number,
	channels: number,
	turn: Turn
): Uint8Array<ArrayBuffer> {
	if (turn === 'none') return image;
	const last = side - 1;
	const from = {
		transpose: (y: number, x: number) => x * side + y,
		'90': (y: number, x: number) => (last - x) * side + y,
		'180': (y: number, x: number) => (last - y) * side + (last - x),
		'270': (y: number, x: number) => x * side + (last - y)
	}[turn];
	const out = new Uint8Array(image.length);
	for (let y = 0; y < side; y++)
		for (let x = 0; x < side; x++)
			for (let c = 0; c < channels; c++)
				out[(y * side + x) * channels + c] = image[from(y, x) * channels + c];
	return out;
}

/** A raster turned and mirrored as EXIF's orientation says (1 to 8); the reverse of how the camera was held. */
export function upright(raster: Raster, orientation: number): Raster {
	if (orientation < 2 || orientation > 8) return raster;
	const { width, height, channels, data } = raster;
	const swaps = orientation >= 5;
	const [across, down] = swaps ? [height, width] : [width, height];
	const out = new Uint16Array(width * height * channels);
	const [right, bottom] = [width - 1, height - 1];
	// For each place of the upright picture, the column and row of the stored one.
	const place = [
		(x: number, y: number) => [right - x, y],
		(x: number, y: number) => [right - x, bottom - y],
		(x: number, y: number) => [x, bottom - y],
		(x: number, y: number) => [y, x],
		(x: number, y: number) => [y, bottom - x],
		(x: number, y: number) => [right - y, bottom - x],
		(x: number, y: number) => [right - y, x]
	][orientation - 2];
	for (let y = 0; y < down; y++)
		for (let x = 0; x < across; x++) {
			const [column, row] = place(x, y);
			for (let c = 0; c < channels; c++)
				out[(y * across + x) * channels + c] = data[(row * width + column) * channels + c];
		}
	return { ...raster, width: across, height: down, data: out };
}
