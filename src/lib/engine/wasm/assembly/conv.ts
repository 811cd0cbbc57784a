/**
 * Convolutions over feature maps `[N][H + 2][W + 2][C]` with a border of zeros and C a multiple of 4. A
 * kernel is a list of taps: byte offsets from a pixel to the pixels it reads. Forward, the gradient by
 * the input (by phases where the stride is 2) and 1×1 projections are all this with other lists.
 */
import { madd } from './simd';

/**
 * y[p] = Σ over taps t and input channels i of x[p + t, i] · w[t, i, :], or added to y.
 * Weights: blocks of 8 output channels (the last one of 4 when the count asks for it), each
 * `[tap][input channel][8 or 4]`. All strides are in bytes.
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
					if (wide) tile4x8(xp, yp, w, taps, tapCount, channelsIn, xColumn, yColumn, accumulate);
					else tile4x4(xp, yp, w, taps, tapCount, channelsIn, xColumn, yColumn, accumulate);
					xp += 4 * xColumn;
					yp += 4 * yColumn;
				}
				for (; column < columns; column++) {
					if (wide) tile1x8(xp, yp, w, taps, tapCount, channelsIn, accumulate);
					else tile1x4(xp, yp, w, taps, tapCount, channelsIn, accumulate);
					xp += xColumn;
					yp += yColumn;
				}
			}
			w += tapCount * channelsIn * (wide ? 32 : 16);
			c += wide ? 8 : 4;
		}
	}
}

/** Four pixels, eight output channels. */
function tile4x8(
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
	const y1 = y + yColumn;
	const y2 = y1 + yColumn;
	const y3 = y2 + yColumn;
	const zero = f32x4.splat(0);
	let a0 = zero;
	let a1 = zero;
	let b0 = zero;
	let b1 = zero;
	let c0 = zero;
	let c1 = zero;
	let d0 = zero;
	let d1 = zero;
	if (accumulate) {
		a0 = v128.load(y);
		a1 = v128.load(y, 16);
		b0 = v128.load(y1);
		b1 = v128.load(y1, 16);
		c0 = v128.load(y2);
		c1 = v128.load(y2, 16);
		d0 = v128.load(y3);
		d1 = v128.load(y3, 16);
	}
	for (let t = 0; t < tapCount; t++) {
		let p0 = x + load<i32>(taps + t * 4);
		let p1 = p0 + xColumn;
		let p2 = p1 + xColumn;
		let p3 = p2 + xColumn;
		const end = p0 + channels * 4;
		while (p0 < end) {
			let w0 = v128.load(w);
			let w1 = v128.load(w, 16);
			let s = v128.load_splat<f32>(p0);
			a0 = madd(s, w0, a0);
			a1 = madd(s, w1, a1);
			s = v128.load_splat<f32>(p1);
			b0 = madd(s, w0, b0);
			b1 = madd(s, w1, b1);
			s = v128.load_splat<f32>(p2);
			c0 = madd(s, w0, c0);
			c1 = madd(s, w1, c1);
			s = v128.load_splat<f32>(p3);
			d0 = madd(s, w0, d0);
			d1 = madd(s, w1, d1);
			w0 = v128.load(w, 32);
			w1 = v128.load(w, 48);
			s = v128.load_splat<f32>(p0, 4);
			a0 = madd(s, w0, a0);
			a1 = madd(s, w1, a1);
			s = v128.load_splat<f32>(p1, 4);
			b0 = madd(s, w0, b0);
			b1 = madd(s, w1, b1);
			s = v128.load_splat<f32>(p2, 4);
			c0 = madd(s, w0, c0);
			c1 = madd(s, w1, c1);
			s = v128.load_splat<f32>(p3, 4);
			d0 = madd(s, w0, d0);
			d1 = madd(s, w1, d1);
			w0 = v128.load(w, 64);
			w1 = v128.load(w, 80);
			s = v128.load_splat<f32>(p0, 8);
			a0 = madd(s, w0, a0);
			a1 = madd(s, w1, a1);
			s = v128.load_splat<f32>(p1, 8);
			b0 = madd(s, w0, b0);
			b1 = madd(s, w1, b1);
			s = v128.load_splat<f32>(p2, 8);
			c0 = madd(s, w0, c0);
			c1 = madd(s, w1, c1);
			s = v128.load_splat<f32>(p3, 8);
			d0 = madd(s, w0, d0);
			d1 = madd(s, w1, d1);
			w0 = v128.load(w, 96);
			w1 = v128.load(w, 112);
			s = v128.load_splat<f32>(p0, 12);
			a0 = madd(s, w0, a0);
			a1 = madd(s, w1, a1);
			s = v128.load_splat<f32>(p1, 12);
			b0 = madd(s, w0, b0);
			b1 = madd(s, w1, b1);
			s = v128.load_splat<f32>(p2, 12);
			c0 = madd(s, w0, c0);
			c1 = madd(s, w1, c1);
			s = v128.load_splat<f32>(p3, 12);
			d0 = madd(s, w0, d0);
			d1 = madd(s, w1, d1);
			w += 128;
			p0 += 16;
			p1 += 16;
			p2 += 16;
			p3 += 16;
		}
	}
	v128.store(y, a0);
	v128.store(y, a1, 16);
	v128.store(y1, b0);
	v128.store(y1, b1, 16);
	v128.store(y2, c0);
	v128.store(y2, c1, 16);
	v128.store(y3, d0);
	v128.store(y3, d1, 16);
}

/** Four pixels, four output channels. */
function tile4x4(
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
	const y1 = y + yColumn;
	const y2 = y1 + yColumn;
	const y3 = y2 + yColumn;
	const zero = f32x4.splat(0);
	let a = zero;
	let b = zero;
	let c = zero;
	let d = zero;
	if (accumulate) {
		a = v128.load(y);
		b = v128.load(y1);
		c = v128.load(y2);
		d = v128.load(y3);
	}
	for (let t = 0; t < tapCount; t++) {
		let p0 = x + load<i32>(taps + t * 4);
		let p1 = p0 + xColumn;
		let p2 = p1 + xColumn;
		let p3 = p2 + xColumn;
		for (let i = 0; i < channels; i++) {
			const w0 = v128.load(w);
			a = madd(v128.load_splat<f32>(p0), w0, a);
			b = madd(v128.load_splat<f32>(p1), w0, b);
			c = madd(v128.load_splat<f32>(p2), w0, c);
			d = madd(v128.load_splat<f32>(p3), w0, d);
			w += 16;
			p0 += 4;
			p1 += 4;
			p2 += 4;
			p3 += 4;
		}
	}
	v128.store(y, a);
	v128.store(y1, b);
	v128.store(y2, c);
	v128.store(y3, d);
}

/** One pixel, eight output channels. */
function tile1x8(
	x: usize,
	y: usize,
	w: usize,
	taps: usize,
	tapCount: i32,
	channels: i32,
	accumulate: i32
): void {
	const zero = f32x4.splat(0);
	let a0 = accumulate ? v128.load(y) : zero;
	let a1 = accumulate ? v128.load(y, 16) : zero;
	for (let t = 0; t < tapCount; t++) {
		let p = x + load<i32>(taps + t * 4);
		for (let i = 0; i < channels; i++) {
			const s = v128.load_splat<f32>(p);
			a0 = madd(s, v128.load(w), a0);
			a1 = madd(s, v128.load(w, 16), a1);
			w += 32;
			p += 4;
		}
	}
	v128.store(y, a0);
	v128.store(y, a1, 16);
}

/** One pixel, four output channels. */
function tile1x4(
	x: usize,
	y: usize,
	w: usize,
	taps: usize,
	tapCount: i32,
	channels: i32,
	accumulate: i32
): void {
	let a = accumulate ? v128.load(y) : f32x4.splat(0);
	for (let t = 0; t < tapCount; t++) {
		let p = x + load<i32>(taps + t * 4);
		for (let i = 0; i < channels; i++) {
			a = madd(v128.load_splat<f32>(p), v128.load(w), a);
			w += 16;
			p += 4;
		}
	}
	v128.store(y, a);
}

/**
 * dw[t, i, o] = Σ over images and pixels p of x[p + t, i] · dy[p, o], in `[tap][input][output]`. Summed per
 * image first, which keeps the rounding of long sums small.
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
	yColumn: i32
): void {
	memory.fill(dw, 0, tapCount * channelsIn * channelsOut * 4);
	const pitch = channelsOut * 4;
	for (let n = 0; n < images; n++) {
		const xn = x + n * xImage;
		const dyn = dy + n * yImage;
		for (let o = 0; o < channelsOut;) {
			const wide = channelsOut - o >= 8;
			for (let t = 0; t < tapCount; t++) {
				const xt = xn + load<i32>(taps + t * 4);
				const dwt = dw + t * channelsIn * pitch + o * 4;
				for (let i = 0; i < channelsIn; i += 4) {
					const from = xt + i * 4;
					const to = dwt + i * pitch;
					if (wide)
						kernelTile4x8(
							from,
							dyn + o * 4,
							to,
							pitch,
							rows,
							columns,
							xRow,
							xColumn,
							yRow,
							yColumn
						);
					else
						kernelTile4x4(
							from,
							dyn + o * 4,
							to,
							pitch,
							rows,
							columns,
							xRow,
							xColumn,
							yRow,
							yColumn
						);
				}
			}
			o += wide ? 8 : 4;
		}
	}
}

/** Four input by eight output channels over one image. */
function kernelTile4x8(
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
			const g1 = v128.load(dp, 16);
			let s = v128.load_splat<f32>(xp);
			a0 = madd(s, g0, a0);
			a1 = madd(s, g1, a1);
			s = v128.load_splat<f32>(xp, 4);
			b0 = madd(s, g0, b0);
			b1 = madd(s, g1, b1);
			s = v128.load_splat<f32>(xp, 8);
			c0 = madd(s, g0, c0);
			c1 = madd(s, g1, c1);
			s = v128.load_splat<f32>(xp, 12);
			d0 = madd(s, g0, d0);
			d1 = madd(s, g1, d1);
			xp += xColumn;
			dp += yColumn;
		}
	}
	add(dw, a0);
	add(dw + 16, a1);
	dw += pitch;
	add(dw, b0);
	add(dw + 16, b1);
	dw += pitch;
	add(dw, c0);
	add(dw + 16, c1);
	dw += pitch;
	add(dw, d0);
	add(dw + 16, d1);
}

/** Four input by four output channels over one image. */
function kernelTile4x4(
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
	let a = f32x4.splat(0);
	let b = a;
	let c = a;
	let d = a;
	for (let r = 0; r < rows; r++) {
		let xp = x + r * xRow;
		let dp = dy + r * yRow;
		for (let column = 0; column < columns; column++) {
			const g = v128.load(dp);
			a = madd(v128.load_splat<f32>(xp), g, a);
			b = madd(v128.load_splat<f32>(xp, 4), g, b);
			c = madd(v128.load_splat<f32>(xp, 8), g, c);
			d = madd(v128.load_splat<f32>(xp, 12), g, d);
			xp += xColumn;
			dp += yColumn;
		}
	}
	add(dw, a);
	add(dw + pitch, b);
	add(dw + 2 * pitch, c);
	add(dw + 3 * pitch, d);
}

function add(to: usize, values: v128): void {
	v128.store(to, f32x4.add(v128.load(to), values));
}

/**
 * Arranges weights `[tap][input][output]` as `conv` reads them, with channels padded by zeros to multiples
 * of 4. With `transposed` they are those of the gradient by the input: inputs and outputs change places.
 * `order` lists which tap of the source stands at each place, so that a phase takes its own taps only.
 */
export function packKernel(
	source: usize,
	packed: usize,
	order: usize,
	tapCount: i32,
	channelsIn: i32,
	channelsOut: i32,
	transposed: i32
): void {
	const inner = transposed ? channelsOut : channelsIn;
	const outer = transposed ? channelsIn : channelsOut;
	const paddedInner = (inner + 3) & ~3;
	const paddedOuter = (outer + 3) & ~3;
	let to = packed;
	for (let o = 0; o < paddedOuter;) {
		const block = paddedOuter - o >= 8 ? 8 : 4;
		for (let t = 0; t < tapCount; t++) {
			const tap = source + load<i32>(order + t * 4) * channelsIn * channelsOut * 4;
			for (let i = 0; i < paddedInner; i++)
				for (let k = o; k < o + block; k++) {
					let value: f32 = 0;
					if (i < inner && k < outer)
						value = load<f32>(tap + (transposed ? k * channelsOut + i : i * channelsOut + k) * 4);
					store<f32>(to, value);
					to += 4;
				}
		}
		o += block;
	}
}

/** `[tap][padded input][padded output]` → `[tap][input][output]`. */
export function unpadKernel(
	padded: usize,
	kernel: usize,
	tapCount: i32,
	channelsIn: i32,
	channelsOut: i32
): void {
	const paddedIn = (channelsIn + 3) & ~3;
	const paddedOut = (channelsOut + 3) & ~3;
	for (let t = 0; t < tapCount; t++)
		for (let i = 0; i < channelsIn; i++)
			memory.copy(
				kernel + (t * channelsIn + i) * channelsOut * 4,
				padded + (t * paddedIn + i) * paddedOut * 4,
				channelsOut * 4
			);
}
