/**
 * Local response normalisation, pixel by pixel: y = x · t^−β with t = k + α Σ x², the sum over `size` channels around
 * each. Pointers are to the first inner pixel, strides are in bytes.
 */
import { madd } from './simd';

/** t^−β. */
function power(t: v128, beta: f32): v128 {
	// The exponent of the paper, without logarithms.
	if (beta == 0.75) {
		const root = f32x4.sqrt(t);
		return f32x4.div(f32x4.splat(1), f32x4.mul(root, f32x4.sqrt(root)));
	}
	return f32x4(
		Mathf.pow(f32x4.extract_lane(t, 0), -beta),
		Mathf.pow(f32x4.extract_lane(t, 1), -beta),
		Mathf.pow(f32x4.extract_lane(t, 2), -beta),
		Mathf.pow(f32x4.extract_lane(t, 3), -beta)
	);
}

/** Sum of the `size` numbers that begin at each of four consecutive places. */
function windows(from: usize, size: i32): v128 {
	let sum = v128.load(from);
	for (let i = 1; i < size; i++) sum = f32x4.add(sum, v128.load(from + i * 4));
	return sum;
}

/** @param scratch memory of `scratchBytes` for one pixel's channels and `size` numbers before and after them */
export function lrn(
	x: usize,
	z: usize,
	scratch: usize,
	scratchBytes: i32,
	size: i32,
	alpha: f32,
	beta: f32,
	k: f32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const pixel = channels * 4;
	const alphas = f32x4.splat(alpha);
	const ks = f32x4.splat(k);
	const before = size >> 1;
	const squares = scratch + size * 4;
	memory.fill(scratch, 0, scratchBytes);
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++)
			for (let i = 0; i < columns; i++) {
				const at = n * image + r * row + i * pixel;
				for (let c = 0; c < pixel; c += 16) {
					const value = v128.load(x + at + c);
					v128.store(squares + c, f32x4.mul(value, value));
				}
				for (let c = 0; c < pixel; c += 16) {
					const t = madd(windows(squares + c - before * 4, size), alphas, ks);
					v128.store(z + at + c, f32x4.mul(v128.load(x + at + c), power(t, beta)));
				}
			}
}

/**
 * dx = dz · t^−β − 2αβ x Σ dz x t^(−β − 1), summed over the channels in whose windows x is.
 * @param scratch memory of `scratchBytes` for two rows like that of `lrn`
 */
export function lrnGrad(
	dz: usize,
	x: usize,
	dx: usize,
	scratch: usize,
	scratchBytes: i32,
	size: i32,
	alpha: f32,
	beta: f32,
	k: f32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32,
	accumulate: i32
): void {
	const pixel = channels * 4;
	const alphas = f32x4.splat(alpha);
	const ks = f32x4.splat(k);
	const factor = f32x4.splat(2 * alpha * beta);
	const before = size >> 1;
	const after = size - 1 - before;
	const length = pixel + 2 * size * 4;
	const squares = scratch + size * 4;
	const through = squares + length;
	memory.fill(scratch, 0, scratchBytes);
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++)
			for (let i = 0; i < columns; i++) {
				const at = n * image + r * row + i * pixel;
				for (let c = 0; c < pixel; c += 16) {
					const value = v128.load(x + at + c);
					v128.store(squares + c, f32x4.mul(value, value));
				}
				for (let c = 0; c < pixel; c += 16) {
					const t = madd(windows(squares + c - before * 4, size), alphas, ks);
					const direct = f32x4.mul(v128.load(dz + at + c), power(t, beta));
					v128.store(through + c, f32x4.div(f32x4.mul(direct, v128.load(x + at + c)), t));
					const to = dx + at + c;
					v128.store(to, accumulate ? f32x4.add(v128.load(to), direct) : direct);
				}
				for (let c = 0; c < pixel; c += 16) {
					const sum = windows(through + c - after * 4, size);
					const indirect = f32x4.mul(f32x4.mul(v128.load(x + at + c), factor), sum);
					const to = dx + at + c;
					v128.store(to, f32x4.sub(v128.load(to), indirect));
				}
			}
}
