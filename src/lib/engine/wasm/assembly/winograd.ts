/**
 * Convolutions of 3×3 kernels with stride 1 and padding 1 by Winograd's minimal filtering F(4×4, 3×3): a tile of 4×4
 * pixels of y takes 36 products per pair of channels instead of 144. Maps are as in `conv.ts`, with rows and columns in
 * multiples of 4.
 *
 * y = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ x B)] A, with x a tile of 6×6 pixels and sums over input channels between the brackets; and
 * dw = Gᵀ [(Bᵀ x B) ⊙ (A dy Aᵀ)] G, with sums over tiles (Lavin and Gray 2016). Each of the 36 products is evaluation at
 * a pair of points out of 0, ±√½, ±√2, ∞, and is called a frequency below. These points, from ncnn, lose less than half
 * a digit against a direct sum.
 */
import { kernelTile } from './conv';
import { madd } from './simd';

/** The points' two absolute values a = √½ and b = √2. */
const A: f32 = 0.70710678118654752;
const B: f32 = 1.4142135623730951;
const FREQUENCIES = 36;
/**
 * Bytes between frequencies, without which those of a tile would compete for one set of a cache; the same as in
 * `../winograd.ts`.
 */
const GAP = 64;
/** Bytes of a transform's intermediate result. */
const BETWEEN = FREQUENCIES * 16;

/**
 * y = x ⋆ w, or added to y, with weights from `packWinograd`. Numbers of channels are multiples of 4.
 * @param scratch memory of `scratchBytes`, which are also the distance to another thread's
 * @param tiles how many tiles to transform together
 */
export function winograd(
	x: usize,
	y: usize,
	weights: usize,
	scratch: usize,
	scratchBytes: i32,
	tiles: i32,
	channelsIn: i32,
	channelsOut: i32,
	images: i32,
	rows: i32,
	columns: i32,
	xImage: i32,
	xRow: i32,
	xColumn: i32,
	yImage: i32,
	yRow: i32,
	yColumn: i32,
	accumulate: i32
): void {
	const across = columns >> 2;
	const down = rows >> 2;
	const total = images * down * across;
	/** The first pixel that the first tile reads, on the border. */
	const corner = x - xRow - xColumn;
	const inputs = scratch + BETWEEN;
	const outputs = inputs + FREQUENCIES * (tiles * channelsIn * 4 + GAP);
	for (let first = 0; first < total; first += tiles) {
		const count = min(tiles, total - first);
		const last = first + count - 1;
		const inPitch = count * channelsIn * 4 + GAP;
		const outPitch = count * channelsOut * 4 + GAP;
		readAhead(
			y + tileAt(first, across, down, yImage, yRow, yColumn),
			y + tileAt(last, across, down, yImage, yRow, yColumn) + 3 * (yRow + yColumn),
			scratch
		);
		readAhead(
			corner + tileAt(first, across, down, xImage, xRow, xColumn),
			x + tileAt(last, across, down, xImage, xRow, xColumn) + 4 * (xRow + xColumn),
			scratch
		);
		for (let t = 0; t < count; t++) {
			const from = corner + tileAt(first + t, across, down, xImage, xRow, xColumn);
			const to = inputs + t * channelsIn * 4;
			for (let c = 0; c < channelsIn * 4; c += 16)
				transformInput(from + c, xRow, xColumn, to + c, inPitch, scratch);
		}
		multiply(inputs, inPitch, weights, outputs, outPitch, channelsIn, channelsOut, count);
		for (let t = 0; t < count; t++) {
			const to = y + tileAt(first + t, across, down, yImage, yRow, yColumn);
			const from = outputs + t * channelsOut * 4;
			for (let c = 0; c < channelsOut * 4; c += 16)
				transformOutput(from + c, outPitch, to + c, yRow, yColumn, accumulate, scratch);
		}
	}
}

/** For each frequency, the products of tiles `[tile][input]` and weights, `[tile][output]`. */
function multiply(
	inputs: usize,
	inPitch: i32,
	weights: usize,
	outputs: usize,
	outPitch: i32,
	channelsIn: i32,
	channelsOut: i32,
	count: i32
): void {
	const xTile = channelsIn * 4;
	const yTile = channelsOut * 4;
	for (let f = 0; f < FREQUENCIES; f++) {
		let w = weights + f * (channelsIn * channelsOut * 4 + GAP);
		for (let c = 0; c < yTile;) {
			const wide = yTile - c >= 32;
			let from = inputs + f * inPitch;
			let to = outputs + f * outPitch + c;
			let t = 0;
			for (; t + 4 <= count; t += 4) {
				if (wide) products<i32, i64>(from, xTile, w, to, yTile);
				else products<i32, i32>(from, xTile, w, to, yTile);
				from += 4 * xTile;
				to += 4 * yTile;
			}
			for (; t < count; t++) {
				if (wide) products<i8, i64>(from, xTile, w, to, yTile);
				else products<i8, i32>(from, xTile, w, to, yTile);
				from += xTile;
				to += yTile;
			}
			w += xTile * (wide ? 8 : 4);
			c += wide ? 32 : 16;
		}
	}
}

/**
 * Products of as many tiles and output channels as the sizes of P and C say, as `tile` in `conv.ts` computes them for
 * several taps: with one tap, that would take 2 % of a training step more.
 */
function products<P, C>(x: usize, xTile: i32, w: usize, y: usize, yTile: i32): void {
	const four = sizeof<P>() == 4;
	const eight = sizeof<C>() == 8;
	let a0 = f32x4.splat(0);
	let a1 = a0;
	let b0 = a0;
	let b1 = a0;
	let c0 = a0;
	let c1 = a0;
	let d0 = a0;
	let d1 = a0;
	let p0 = x;
	let p1 = p0 + xTile;
	let p2 = p1 + xTile;
	let p3 = p2 + xTile;
	const end = p0 + xTile;
	while (p0 < end) {
		const w0 = v128.load(w);
		const w1 = eight ? v128.load(w, 16) : w0;
		let s = v128.load_splat<f32>(p0);
		a0 = madd(s, w0, a0);
		if (eight) a1 = madd(s, w1, a1);
		if (four) {
			s = v128.load_splat<f32>(p1);
			b0 = madd(s, w0, b0);
			if (eight) b1 = madd(s, w1, b1);
			s = v128.load_splat<f32>(p2);
			c0 = madd(s, w0, c0);
			if (eight) c1 = madd(s, w1, c1);
			s = v128.load_splat<f32>(p3);
			d0 = madd(s, w0, d0);
			if (eight) d1 = madd(s, w1, d1);
		}
		w += eight ? 32 : 16;
		p0 += 4;
		p1 += 4;
		p2 += 4;
		p3 += 4;
	}
	v128.store(y, a0);
	if (eight) v128.store(y, a1, 16);
	if (four) {
		y += yTile;
		v128.store(y, b0);
		if (eight) v128.store(y, b1, 16);
		y += yTile;
		v128.store(y, c0);
		if (eight) v128.store(y, c1, 16);
		y += yTile;
		v128.store(y, d0);
		if (eight) v128.store(y, d1, 16);
	}
}

/**
 * dw[t, i, o] in `[tap][input][output]`, for each of `slices` slices of the batch from one on; see `convKernelGrad`.
 * @param scratch memory of `scratchBytes`, which are also the distance to another thread's
 */
export function winogradKernelGrad(
	x: usize,
	dy: usize,
	dw: usize,
	scratch: usize,
	scratchBytes: i32,
	tiles: i32,
	channelsIn: i32,
	channelsOut: i32,
	images: i32,
	rows: i32,
	columns: i32,
	xImage: i32,
	xRow: i32,
	xColumn: i32,
	yImage: i32,
	yRow: i32,
	yColumn: i32,
	number: i32,
	slices: i32,
	slice: i32,
	dwSlice: i32
): void {
	for (let s = number - 1; s < number - 1 + slices; s++)
		sliceGrad(
			x + s * slice * xImage,
			dy + s * slice * yImage,
			dw + s * dwSlice,
			scratch,
			tiles,
			channelsIn,
			channelsOut,
			min(slice, images - s * slice),
			rows,
			columns,
			xImage,
			xRow,
			xColumn,
			yImage,
			yRow,
			yColumn
		);
}

/** The gradient of one slice. Summed over `tiles` tiles first, to keep rounding errors of long sums small. */
function sliceGrad(
	x: usize,
	dy: usize,
	dw: usize,
	scratch: usize,
	tiles: i32,
	channelsIn: i32,
	channelsOut: i32,
	images: i32,
	rows: i32,
	columns: i32,
	xImage: i32,
	xRow: i32,
	xColumn: i32,
	yImage: i32,
	yRow: i32,
	yColumn: i32
): void {
	const across = columns >> 2;
	const down = rows >> 2;
	const total = images * down * across;
	/** The first pixel that the first tile reads, on the border. */
	const corner = x - xRow - xColumn;
	const inputs = scratch + BETWEEN;
	const gradients = inputs + FREQUENCIES * (tiles * channelsIn * 4 + GAP);
	const sums = gradients + FREQUENCIES * (tiles * channelsOut * 4 + GAP);
	const xTile = channelsIn * 4;
	const yTile = channelsOut * 4;
	const sumsPitch = channelsIn * yTile + GAP;
	memory.fill(sums, 0, FREQUENCIES * sumsPitch);
	for (let first = 0; first < total; first += tiles) {
		const count = min(tiles, total - first);
		const last = first + count - 1;
		const inPitch = count * xTile + GAP;
		const outPitch = count * yTile + GAP;
		readAhead(
			corner + tileAt(first, across, down, xImage, xRow, xColumn),
			x + tileAt(last, across, down, xImage, xRow, xColumn) + 4 * (xRow + xColumn),
			scratch
		);
		readAhead(
			dy + tileAt(first, across, down, yImage, yRow, yColumn),
			dy + tileAt(last, across, down, yImage, yRow, yColumn) + 3 * (yRow + yColumn),
			scratch
		);
		for (let t = 0; t < count; t++) {
			const from = corner + tileAt(first + t, across, down, xImage, xRow, xColumn);
			for (let c = 0; c < xTile; c += 16)
				transformInput(from + c, xRow, xColumn, inputs + t * xTile + c, inPitch, scratch);
			const by = dy + tileAt(first + t, across, down, yImage, yRow, yColumn);
			for (let c = 0; c < yTile; c += 16)
				transformGradient(by + c, yRow, yColumn, gradients + t * yTile + c, outPitch, scratch);
		}
		for (let f = 0; f < FREQUENCIES; f++)
			for (let o = 0; o < yTile;) {
				const wide = yTile - o >= 32;
				for (let i = 0; i < channelsIn; i += 4) {
					const from = inputs + f * inPitch + i * 4;
					const by = gradients + f * outPitch + o;
					const to = sums + f * sumsPitch + i * yTile + o;
					if (wide) kernelTile<i64>(from, by, to, yTile, 1, count, 0, xTile, 0, yTile);
					else kernelTile<i32>(from, by, to, yTile, 1, count, 0, xTile, 0, yTile);
				}
				o += wide ? 32 : 16;
			}
	}
	for (let i = 0; i < channelsIn; i++)
		for (let o = 0; o < yTile; o += 16) {
			const to = dw + i * yTile + o;
			transformKernelGrad(sums + i * yTile + o, sumsPitch, to, channelsIn * yTile, scratch);
		}
}

/** Offset of a tile's first pixel; tiles are numbered by image, row and column. */
function tileAt(tile: i32, across: i32, down: i32, image: i32, row: i32, column: i32): i32 {
	const line = tile / across;
	return (line / down) * image + (line % down) * 4 * row + (tile % across) * 4 * column;
}

/**
 * Reads memory in order, for the sake of the caches: a processor does not foresee the transforms, which go from row to
 * row and back. It pays for maps that are written, too. `to` is written, so that the compiler leaves the reading in.
 */
function readAhead(from: usize, end: usize, to: usize): void {
	let all = f32x4.splat(0);
	for (; from < end; from += 64) all = v128.xor(all, v128.load(from));
	v128.store(to, all);
}

/** Bᵀ x B of four channels: 6×6 pixels from x on, to frequencies that are `pitch` apart. */
function transformInput(
	x: usize,
	row: i32,
	column: i32,
	to: usize,
	pitch: i32,
	between: usize
): void {
	for (let j = 0; j < 6; j++) Terms.input(x + j * column, row, between + j * 16, 96);
	for (let i = 0; i < 6; i++) Terms.input(between + i * 96, 16, to + i * 6 * pitch, pitch);
}

/** Aᵀ m A of four channels: frequencies that are `pitch` apart, to 4×4 pixels, or added to them. */
function transformOutput(
	from: usize,
	pitch: i32,
	y: usize,
	row: i32,
	column: i32,
	accumulate: i32,
	between: usize
): void {
	for (let j = 0; j < 6; j++) Terms.output(from + j * pitch, 6 * pitch, between + j * 16, 96, 0);
	for (let i = 0; i < 4; i++) Terms.output(between + i * 96, 16, y + i * row, column, accumulate);
}

/** A dy Aᵀ of four channels: 4×4 pixels, to frequencies that are `pitch` apart. */
function transformGradient(
	dy: usize,
	row: i32,
	column: i32,
	to: usize,
	pitch: i32,
	between: usize
): void {
	for (let j = 0; j < 4; j++) Terms.gradient(dy + j * column, row, between + j * 16, 96);
	for (let i = 0; i < 6; i++) Terms.gradient(between + i * 96, 16, to + i * 6 * pitch, pitch);
}

/** Gᵀ s G of four outputs: frequencies that are `pitch` apart, to nine taps. */
function transformKernelGrad(from: usize, pitch: i32, to: usize, tap: i32, between: usize): void {
	for (let j = 0; j < 6; j++) Terms.kernelGrad(from + j * pitch, 6 * pitch, between + j * 16, 96);
	for (let i = 0; i < 3; i++) Terms.kernelGrad(between + i * 96, 16, to + i * 3 * tap, tap);
}

/**
 * G w Gᵀ of a kernel `[tap][input][output]`, for each frequency in the blocks that `conv` reads, with a single tap and
 * channels padded to multiples of 4. With `transposed`, inputs and outputs change places and taps their order, for the
 * gradient with respect to the input.
 */
export function packWinograd(
	source: usize,
	packed: usize,
	scratch: usize,
	channelsIn: i32,
	channelsOut: i32,
	transposed: i32
): void {
	const inner = ((transposed ? channelsOut : channelsIn) + 3) & ~3;
	const outer = ((transposed ? channelsIn : channelsOut) + 3) & ~3;
	const pitch = inner * outer * 4 + GAP;
	const tap = channelsIn * channelsOut * 4;
	const taps = scratch + BETWEEN;
	if ((channelsIn | channelsOut) & 3) memory.fill(packed, 0, FREQUENCIES * pitch);
	for (let i = 0; i < channelsIn; i++)
		for (let o = 0; o < channelsOut; o += 4) {
			const count = min(4, channelsOut - o);
			let from = source + (i * channelsOut + o) * 4;
			for (let t = 0; t < 9; t++) {
				const to = taps + (transposed ? 8 - t : t) * 16;
				if (count == 4) v128.store(to, v128.load(from));
				else memory.copy(to, from, count * 4);
				from += tap;
			}
			for (let j = 0; j < 3; j++) Terms.kernel(taps + j * 16, 48, scratch + j * 16, 96);
			for (let k = 0; k < 6; k++) Terms.kernel(scratch + k * 96, 16, taps + k * 96, 16);
			const input = transposed ? o : i;
			const output = transposed ? i : o;
			const block = output & ~7;
			const width = min(8, outer - block);
			const step = transposed ? width * 4 : 4;
			let to = packed + (block * inner + input * width + output - block) * 4;
			let term = taps;
			for (let f = 0; f < FREQUENCIES; f++) {
				if (count < 4)
					for (let k = 0; k < count; k++) store<f32>(to + k * step, load<f32>(term + k * 4));
				else if (transposed) {
					const values = v128.load(term);
					v128.store_lane<f32>(to, values, 0);
					v128.store_lane<f32>(to + step, values, 1);
					v128.store_lane<f32>(to + 2 * step, values, 2);
					v128.store_lane<f32>(to + 3 * step, values, 3);
				} else v128.store(to, v128.load(term));
				term += 16;
				to += pitch;
			}
		}
}

/**
 * The transforms in one dimension, from vectors that are `step` apart to vectors that are `pitch` apart. They are inlined,
 * so that distances which a caller knows cost nothing; only methods can be so marked in a syntax that other tools read.
 */
class Terms {
	/** Bᵀ of six vectors. */
	@inline
	static input(from: usize, step: i32, to: usize, pitch: i32): void {
		const d0 = v128.load(from);
		const d1 = v128.load(from + step);
		const d2 = v128.load(from + 2 * step);
		const d3 = v128.load(from + 3 * step);
		const d4 = v128.load(from + 4 * step);
		const d5 = v128.load(from + 5 * step);
		const middle = f32x4.splat(-2.5);
		const evenA = madd(d2, f32x4.splat(-2), d4);
		const oddA = madd(d1, f32x4.splat(-2), d3);
		const evenB = madd(d2, f32x4.splat(-0.5), d4);
		const oddB = madd(d1, f32x4.splat(-0.5), d3);
		v128.store(to, f32x4.add(madd(d2, middle, d0), d4));
		v128.store(to + pitch, madd(oddA, f32x4.splat(A), evenA));
		v128.store(to + 2 * pitch, madd(oddA, f32x4.splat(-A), evenA));
		v128.store(to + 3 * pitch, madd(oddB, f32x4.splat(B), evenB));
		v128.store(to + 4 * pitch, madd(oddB, f32x4.splat(-B), evenB));
		v128.store(to + 5 * pitch, f32x4.add(madd(d3, middle, d1), d5));
	}

	/** Aᵀ of six vectors. */
	@inline
	static output(from: usize, step: i32, to: usize, pitch: i32, accumulate: i32): void {
		const m1 = v128.load(from + step);
		const m2 = v128.load(from + 2 * step);
		const m3 = v128.load(from + 3 * step);
		const m4 = v128.load(from + 4 * step);
		const sumA = f32x4.add(m1, m2);
		const differenceA = f32x4.sub(m1, m2);
		const sumB = f32x4.add(m3, m4);
		const differenceB = f32x4.sub(m3, m4);
		let y0 = f32x4.add(f32x4.add(v128.load(from), sumA), sumB);
		let y1 = madd(differenceA, f32x4.splat(A), f32x4.mul(differenceB, f32x4.splat(B)));
		let y2 = madd(sumA, f32x4.splat(0.5), f32x4.add(sumB, sumB));
		let y3 = madd(differenceA, f32x4.splat(A * 0.5), v128.load(from + 5 * step));
		y3 = madd(differenceB, f32x4.splat(B * 2), y3);
		if (accumulate) {
			y0 = f32x4.add(y0, v128.load(to));
			y1 = f32x4.add(y1, v128.load(to + pitch));
			y2 = f32x4.add(y2, v128.load(to + 2 * pitch));
			y3 = f32x4.add(y3, v128.load(to + 3 * pitch));
		}
		v128.store(to, y0);
		v128.store(to + pitch, y1);
		v128.store(to + 2 * pitch, y2);
		v128.store(to + 3 * pitch, y3);
	}

	/** A times four vectors. */
	@inline
	static gradient(from: usize, step: i32, to: usize, pitch: i32): void {
		const d0 = v128.load(from);
		const d1 = v128.load(from + step);
		const d2 = v128.load(from + 2 * step);
		const d3 = v128.load(from + 3 * step);
		const evenA = madd(d2, f32x4.splat(0.5), d0);
		const oddA = madd(d3, f32x4.splat(0.5), d1);
		const evenB = madd(d2, f32x4.splat(2), d0);
		const oddB = madd(d3, f32x4.splat(2), d1);
		v128.store(to, d0);
		v128.store(to + pitch, madd(oddA, f32x4.splat(A), evenA));
		v128.store(to + 2 * pitch, madd(oddA, f32x4.splat(-A), evenA));
		v128.store(to + 3 * pitch, madd(oddB, f32x4.splat(B), evenB));
		v128.store(to + 4 * pitch, madd(oddB, f32x4.splat(-B), evenB));
		v128.store(to + 5 * pitch, d3);
	}

	/** Gᵀ of six vectors. */
	@inline
	static kernelGrad(from: usize, step: i32, to: usize, pitch: i32): void {
		const s1 = v128.load(from + step);
		const s2 = v128.load(from + 2 * step);
		const s3 = v128.load(from + 3 * step);
		const s4 = v128.load(from + 4 * step);
		const sumA = f32x4.mul(f32x4.add(s1, s2), f32x4.splat(-2.0 / 3.0));
		const sumB = f32x4.mul(f32x4.add(s3, s4), f32x4.splat(1.0 / 6.0));
		const oddA = f32x4.mul(f32x4.sub(s1, s2), f32x4.splat((-2.0 / 3.0) * A));
		const g0 = f32x4.add(f32x4.add(sumA, sumB), v128.load(from));
		const g1 = madd(f32x4.sub(s3, s4), f32x4.splat(B / 6.0), oddA);
		const g2 = madd(sumA, f32x4.splat(0.5), madd(sumB, f32x4.splat(2), v128.load(from + 5 * step)));
		v128.store(to, g0);
		v128.store(to + pitch, g1);
		v128.store(to + 2 * pitch, g2);
	}

	/** G times three vectors. */
	@inline
	static kernel(from: usize, step: i32, to: usize, pitch: i32): void {
		const g0 = v128.load(from);
		const g1 = v128.load(from + step);
		const g2 = v128.load(from + 2 * step);
		const evenA = f32x4.mul(madd(g2, f32x4.splat(0.5), g0), f32x4.splat(-2.0 / 3.0));
		const evenB = f32x4.mul(madd(g2, f32x4.splat(2), g0), f32x4.splat(1.0 / 6.0));
		v128.store(to, g0);
		v128.store(to + pitch, madd(g1, f32x4.splat((-2.0 / 3.0) * A), evenA));
		v128.store(to + 2 * pitch, madd(g1, f32x4.splat((2.0 / 3.0) * A), evenA));
		v128.store(to + 3 * pitch, madd(g1, f32x4.splat(B / 6.0), evenB));
		v128.store(to + 4 * pitch, madd(g1, f32x4.splat(-B / 6.0), evenB));
		v128.store(to + 5 * pitch, g2);
	}
}
