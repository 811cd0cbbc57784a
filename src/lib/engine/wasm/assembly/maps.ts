/**
 * Operations that go through maps value by value. Pointers are to the first inner pixel of maps `[N][H + 2][W + 2][C]`,
 * C a multiple of 4; strides are in bytes. With `accumulate`, they add to what their output holds.
 */
import { madd, promoteHigh, total } from './simd';

/** Sets a map to 0. */
export function clear(
	z: usize,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++) memory.fill(z + n * image + r * row, 0, columns * channels * 4);
}

/** Copies or adds `count` channels of each pixel, and, if it does not add, sets the `padding` channels after them to 0. */
export function copyChannels(
	from: usize,
	to: usize,
	count: i32,
	padding: i32,
	images: i32,
	rows: i32,
	columns: i32,
	fromImage: i32,
	fromRow: i32,
	fromPixel: i32,
	toImage: i32,
	toRow: i32,
	toPixel: i32,
	accumulate: i32
): void {
	const whole = (count & ~3) * 4;
	const length = count * 4;
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++) {
			let p = from + n * fromImage + r * fromRow;
			let q = to + n * toImage + r * toRow;
			for (let i = 0; i < columns; i++) {
				let c = 0;
				if (accumulate) {
					for (; c < whole; c += 16)
						v128.store(q + c, f32x4.add(v128.load(q + c), v128.load(p + c)));
					for (; c < length; c += 4) store<f32>(q + c, load<f32>(q + c) + load<f32>(p + c));
				} else {
					for (; c < whole; c += 16) v128.store(q + c, v128.load(p + c));
					for (; c < length; c += 4) store<f32>(q + c, load<f32>(p + c));
					for (let k = 0; k < padding; k++) store<f32>(q + c + k * 4, 0);
				}
				p += fromPixel;
				q += toPixel;
			}
		}
}

/** z = a · (offset + factor · b); b may have one pixel only, with strides of 0. */
export function multiply(
	a: usize,
	b: usize,
	z: usize,
	offset: f32,
	factor: f32,
	bImage: i32,
	bRow: i32,
	bPixel: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32,
	accumulate: i32
): void {
	const offsets = f32x4.splat(offset);
	const factors = f32x4.splat(factor);
	const pixel = channels * 4;
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++)
			for (let i = 0; i < columns; i++) {
				const at = n * image + r * row + i * pixel;
				const from = b + n * bImage + r * bRow + i * bPixel;
				for (let c = 0; c < pixel; c += 16) {
					const by = f32x4.add(offsets, f32x4.mul(factors, v128.load(from + c)));
					const value = f32x4.mul(v128.load(a + at + c), by);
					const to = z + at + c;
					v128.store(to, accumulate ? f32x4.add(v128.load(to), value) : value);
				}
			}
}

/** z[n] = factor · Σ over the pixels of image n of a · b, per channel; z has one pixel an image. */
export function multiplySums(
	a: usize,
	b: usize,
	z: usize,
	factor: f32,
	zImage: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32,
	accumulate: i32
): void {
	const factors = f32x4.splat(factor);
	const pixel = channels * 4;
	for (let n = 0; n < images; n++)
		for (let c = 0; c < pixel; c += 16) {
			let sum = f32x4.splat(0);
			for (let r = 0; r < rows; r++) {
				let at = n * image + r * row + c;
				for (let i = 0; i < columns; i++) {
					sum = madd(v128.load(a + at), v128.load(b + at), sum);
					at += pixel;
				}
			}
			const to = z + n * zImage + c;
			sum = f32x4.mul(sum, factors);
			v128.store(to, accumulate ? f32x4.add(v128.load(to), sum) : sum);
		}
}

/** z = factor · x. */
export function scale(
	x: usize,
	z: usize,
	factor: f32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32,
	accumulate: i32
): void {
	const factors = f32x4.splat(factor);
	const length = columns * channels * 4;
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++) {
			const first = n * image + r * row;
			for (let at = first; at < first + length; at += 16) {
				const value = f32x4.mul(v128.load(x + at), factors);
				v128.store(z + at, accumulate ? f32x4.add(v128.load(z + at), value) : value);
			}
		}
}

/** Writes each image's Σ a · b over two maps into `sums` (one f64 per image). */
export function mapProduct(
	a: usize,
	b: usize,
	sums: usize,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const length = columns * channels * 4;
	for (let n = 0; n < images; n++) {
		let sum = f64x2.splat(0);
		for (let r = 0; r < rows; r++) {
			const first = n * image + r * row;
			for (let at = first; at < first + length; at += 16) {
				const x = v128.load(a + at);
				const y = v128.load(b + at);
				const low = f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y));
				sum = f64x2.add(sum, f64x2.add(low, f64x2.mul(promoteHigh(x), promoteHigh(y))));
			}
		}
		store<f64>(sums + n * 8, total(sum));
	}
}

/**
 * z = x · mask: 0 where the random bits of a value, or of its image if `perImage`, are below the threshold, else
 * x · factor. Values are numbered without padding: image, row, column, channel. Key and threshold are unsigned.
 * @param number of the first image in its batch, counted from 1
 */
export function drop(
	x: usize,
	z: usize,
	key: u32,
	threshold: u32,
	factor: f32,
	perImage: i32,
	real: i32,
	number: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32,
	accumulate: i32
): void {
	const before = number - 1;
	let index: u32 = before * rows * columns * real;
	for (let n = 0; n < images; n++) {
		let kept: f32 = bits(before + n, key) < threshold ? 0 : factor;
		for (let r = 0; r < rows; r++) {
			let at = n * image + r * row;
			for (let i = 0; i < columns; i++)
				for (let c = 0; c < channels; c++) {
					if (!perImage && c < real) {
						kept = bits(index, key) < threshold ? 0 : factor;
						index++;
					}
					const value: f32 = c < real ? load<f32>(x + at) * kept : 0;
					store<f32>(z + at, accumulate ? load<f32>(z + at) + value : value);
					at += 4;
				}
		}
	}
}

/** The same bits as `featureBits` of `optimiser.ts`. */
function bits(index: u32, key: u32): u32 {
	const state: u32 = (index ^ key) * 747796405 + 2891336453;
	const word: u32 = ((state >> ((state >> 28) + 4)) ^ state) * 277803737;
	return (word >> 22) ^ word;
}
