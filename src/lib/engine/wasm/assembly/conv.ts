/**
 * Convolutions over feature maps `[N][H + 2][W + 2][C]` with a border of zeros and C a multiple of 4. A
 * kernel is a list of taps: byte offsets from a pixel to the pixels it reads. The forward pass, the gradient with
 * respect to the input (in phases at stride 2) and 1×1 projections differ only in their taps.
 */
import { madd } from './simd';

/**
 * y[p] = Σ over taps t and input channels i of x[p + t, i] · w[t, i, :], or added to y. `channelsIn` may be any number,
 * `channelsOut` is a multiple of 4. Weights are in blocks of 8
 * output channels (4 in the last block if there are only 4 left), each `[tap][input channel][8 or 4]`. All strides are in bytes.
 */
export function conv(
	x: usize,
	y: usize,
	weights: usize,
	taps: usize,
	tapCount: i32,
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
	for (let n = 0; n < images; n++) {
		const xn = x + n * xImage;
		const yn = y + n * yImage;
		let w = weights;
		for (let c = 0; c < channelsOut;) {
			const wide = channelsOut - c >= 8;
			for (let r = 0; r < rows; r++) {
				let xp = xn + r * xRow;
				let yp = yn + r * yRow + c * 4;
				let column = 0;
				for (; column + 4 <= columns; column += 4) {
					if (wide)
						tile<i32, i64>(xp, yp, w, taps, tapCount, channelsIn, xColumn, yColumn, accumulate);
					else tile<i32, i32>(xp, yp, w, taps, tapCount, channelsIn, xColumn, yColumn, accumulate);
					xp += 4 * xColumn;
					yp += 4 * yColumn;
				}
				for (; column < columns; column++) {
					if (wide)
						tile<i8, i64>(xp, yp, w, taps, tapCount, channelsIn, xColumn, yColumn, accumulate);
					else tile<i8, i32>(xp, yp, w, taps, tapCount, channelsIn, xColumn, yColumn, accumulate);
					xp += xColumn;
					yp += yColumn;
				}
			}
			w += tapCount * channelsIn * (wide ? 32 : 16);
			c += wide ? 8 : 4;
		}
	}
}

/**
 * A tile in registers. Its numbers of pixels and of output channels are the sizes in bytes of the types P and C,
 * because AssemblyScript's generics take only types. Each pair compiles separately, without what smaller tiles do not
 * need.
 */
function tile<P, C>(
	x: usize,
	y: usize,
	w: usize,
	taps: usize,
	tapCount: i32,
	channels: i32,
	xColumn: i32,
	yColumn: i32,
	accumulate: i32
): void {
	const four = sizeof<P>() == 4;
	const eight = sizeof<C>() == 8;
	const y1 = y + yColumn;
	const y2 = y1 + yColumn;
	const y3 = y2 + yColumn;
	const zero = f32x4.splat(0);
	let a0 = accumulate ? v128.load(y) : zero;
	let a1 = eight && accumulate ? v128.load(y, 16) : zero;
	let b0 = four && accumulate ? v128.load(y1) : zero;
	let b1 = four && eight && accumulate ? v128.load(y1, 16) : zero;
	let c0 = four && accumulate ? v128.load(y2) : zero;
	let c1 = four && eight && accumulate ? v128.load(y2, 16) : zero;
	let d0 = four && accumulate ? v128.load(y3) : zero;
	let d1 = four && eight && accumulate ? v128.load(y3, 16) : zero;
	for (let t = 0; t < tapCount; t++) {
		let p0 = x + load<i32>(taps + t * 4);
		let p1 = p0 + xColumn;
		let p2 = p1 + xColumn;
		let p3 = p2 + xColumn;
		const end = p0 + channels * 4;
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
	}
	v128.store(y, a0);
	if (eight) v128.store(y, a1, 16);
	if (four) {
		v128.store(y1, b0);
		v128.store(y2, c0);
		v128.store(y3, d0);
		if (eight) {
			v128.store(y1, b1, 16);
			v128.store(y2, c1, 16);
			v128.store(y3, d1, 16);
		}
	}
}

/**
 * dw[t, i, o] = Σ over images and pixels p of x[p + t, i] · dy[p, o], in `[tap][input][output]`, or added to dw: for each
 * of `slices` slices of the batch from one on, whose number counts from 1. Summed per image first, to keep rounding errors
 * of long sums small.
 * @param slice number of images in a slice; the last ones may have fewer, or none
 * @param dwSlice distance between the slices' sums
 */
export function convKernelGrad(
	x: usize,
	dy: usize,
	dw: usize,
	taps: usize,
	tapCount: i32,
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
	dwSlice: i32,
	accumulate: i32
): void {
	const pitch = channelsOut * 4;
	for (let s = number - 1; s < number - 1 + slices; s++) {
		const sum = dw + s * dwSlice;
		if (!accumulate) memory.fill(sum, 0, tapCount * channelsIn * pitch);
		const end = min((s + 1) * slice, images);
		for (let n = s * slice; n < end; n++) {
			const xn = x + n * xImage;
			const dyn = dy + n * yImage;
			for (let o = 0; o < channelsOut;) {
				const wide = channelsOut - o >= 8;
				for (let t = 0; t < tapCount; t++) {
					const xt = xn + load<i32>(taps + t * 4);
					const dwt = sum + t * channelsIn * pitch + o * 4;
					for (let i = 0; i < channelsIn; i += 4) {
						const xp = xt + i * 4;
						const dp = dyn + o * 4;
						const to = dwt + i * pitch;
						if (wide)
							kernelTile<i64>(xp, dp, to, pitch, rows, columns, xRow, xColumn, yRow, yColumn);
						else kernelTile<i32>(xp, dp, to, pitch, rows, columns, xRow, xColumn, yRow, yColumn);
					}
				}
				o += wide ? 8 : 4;
			}
		}
	}
}

/** Adds the sums of the other slices to those of the first, in order. `sliceBytes` is a multiple of 16. */
export function addSlices(sums: usize, slices: i32, sliceBytes: i32): void {
	for (let at = sums; at < sums + sliceBytes; at += 16) {
		let sum = v128.load(at);
		for (let s = 1; s < slices; s++) sum = f32x4.add(sum, v128.load(at + s * sliceBytes));
		v128.store(at, sum);
	}
}

/** A tile of the kernel's gradient over one image: four input channels by as many output channels as the size of C; see `tile`. */
export function kernelTile<C>(
	x: usize,
	dy: usize,
	dw: usize,
	pitch: i32,
	rows: i32,
	columns: i32,
	xRow: i32,
	xColumn: i32,
	yRow: i32,
	yColumn: i32
): void {
	const eight = sizeof<C>() == 8;
	let a0 = f32x4.splat(0);
	let a1 = a0;
	let b0 = a0;
	let b1 = a0;
	let c0 = a0;
	let c1 = a0;
	let d0 = a0;
	let d1 = a0;
	for (let r = 0; r < rows; r++) {
		let xp = x + r * xRow;
		let dp = dy + r * yRow;
		for (let column = 0; column < columns; column++) {
			const g0 = v128.load(dp);
			const g1 = eight ? v128.load(dp, 16) : g0;
			let s = v128.load_splat<f32>(xp);
			a0 = madd(s, g0, a0);
			if (eight) a1 = madd(s, g1, a1);
			s = v128.load_splat<f32>(xp, 4);
			b0 = madd(s, g0, b0);
			if (eight) b1 = madd(s, g1, b1);
			s = v128.load_splat<f32>(xp, 8);
			c0 = madd(s, g0, c0);
			if (eight) c1 = madd(s, g1, c1);
			s = v128.load_splat<f32>(xp, 12);
			d0 = madd(s, g0, d0);
			if (eight) d1 = madd(s, g1, d1);
			xp += xColumn;
			dp += yColumn;
		}
	}
	add(dw, a0);
	if (eight) add(dw + 16, a1);
	dw += pitch;
	add(dw, b0);
	if (eight) add(dw + 16, b1);
	dw += pitch;
	add(dw, c0);
	if (eight) add(dw + 16, c1);
	dw += pitch;
	add(dw, d0);
	if (eight) add(dw + 16, d1);
}

function add(to: usize, values: v128): void {
	v128.store(to, f32x4.add(v128.load(to), values));
}

/**
 * Packs the weights `[tap][input of a group][output]` of consecutive groups in the layout that `conv` reads, with zeros
 * between groups and output channels padded to a multiple of 4. With `transposed`, inputs and outputs change places, for
 * the gradient with respect to the input. `order` lists the source tap for each place, so that a phase takes only its
 * own taps.
 * @param pitch number of outputs of all groups
 */
export function packKernel(
	source: usize,
	packed: usize,
	order: usize,
	tapCount: i32,
	groups: i32,
	groupIn: i32,
	groupOut: i32,
	pitch: i32,
	transposed: i32
): void {
	const inner = groups * (transposed ? groupOut : groupIn);
	const outer = groups * (transposed ? groupIn : groupOut);
	const paddedOuter = (outer + 3) & ~3;
	let to = packed;
	for (let o = 0; o < paddedOuter;) {
		const block = paddedOuter - o >= 8 ? 8 : 4;
		for (let t = 0; t < tapCount; t++) {
			const tap = source + load<i32>(order + t * 4) * groupIn * pitch * 4;
			for (let i = 0; i < inner; i++) {
				if (groups == 1 && !transposed && o + block <= outer) {
					const from = tap + (i * pitch + o) * 4;
					v128.store(to, v128.load(from));
					if (block == 8) v128.store(to, v128.load(from, 16), 16);
					to += block * 4;
					continue;
				}
				if (groups == 1 && o + block <= outer) {
					for (let k = o; k < o + block; k++) {
						store<f32>(to, load<f32>(tap + (k * pitch + i) * 4));
						to += 4;
					}
					continue;
				}
				for (let k = o; k < o + block; k++) {
					const output = transposed ? i : k;
					const group = groups == 1 ? 0 : output / groupOut;
					const input = (transposed ? k : i) - group * groupIn;
					let value: f32 = 0;
					if (k < outer && input >= 0 && input < groupIn)
						value = load<f32>(tap + (input * pitch + output) * 4);
					store<f32>(to, value);
					to += 4;
				}
			}
		}
		o += block;
	}
}

/** The gradient `[tap][padded input][padded output]` of consecutive groups → `[tap][input of a group][output]`. */
export function unpadKernel(
	padded: usize,
	kernel: usize,
	tapCount: i32,
	groups: i32,
	groupIn: i32,
	groupOut: i32,
	pitch: i32
): void {
	const paddedIn = (groups * groupIn + 3) & ~3;
	const paddedOut = (groups * groupOut + 3) & ~3;
	for (let t = 0; t < tapCount; t++)
		for (let g = 0; g < groups; g++)
			for (let i = 0; i < groupIn; i++)
				memory.copy(
					kernel + ((t * groupIn + i) * pitch + g * groupOut) * 4,
					padded + ((t * paddedIn + g * groupIn + i) * paddedOut + g * groupOut) * 4,
					groupOut * 4
				);
}

/** Copies the rows of a map into memory of `size` bytes at `start` that is 0 elsewhere, where its border is wider. */
export function widen(
	from: usize,
	start: usize,
	size: i32,
	to: usize,
	rows: i32,
	length: i32,
	fromRow: i32,
	toRow: i32
): void {
	memory.fill(start, 0, size);
	for (let r = 0; r < rows; r++) memory.copy(to + r * toRow, from + r * fromRow, length);
}
