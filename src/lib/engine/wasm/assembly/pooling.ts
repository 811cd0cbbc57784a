/**
 * The largest value and the mean of each window. x is a map of `height` × `width` pixels, z one of `rows` × `columns`
 * windows; pointers are to the first inner pixel, strides are in bytes. What a window covers outside x does not count.
 */
import { madd } from './simd';

/** The first row or column of x that a window covers. */
function firstOf(window: i32, stride: i32, padding: i32): i32 {
	return max(0, window * stride - padding);
}

/** The row or column behind the last that it covers, of `size`. */
function endOf(window: i32, stride: i32, padding: i32, kernel: i32, size: i32): i32 {
	return min(window * stride - padding + kernel, size);
}

/** @param max 1 for the largest value of each window, 0 for its mean */
export function pool(
	x: usize,
	z: usize,
	max: i32,
	kernelRows: i32,
	kernelColumns: i32,
	stride: i32,
	padding: i32,
	height: i32,
	width: i32,
	xImage: i32,
	xRow: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const pixel = channels * 4;
	const share = f32x4.splat(<f32>1 / <f32>(kernelRows * kernelColumns));
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++) {
			const top = firstOf(r, stride, padding);
			const bottom = endOf(r, stride, padding, kernelRows, height);
			for (let i = 0; i < columns; i++) {
				const left = firstOf(i, stride, padding);
				const right = endOf(i, stride, padding, kernelColumns, width);
				const first = x + n * xImage + left * pixel;
				let q = z + n * image + r * row + i * pixel;
				for (let c = 0; c < pixel; c += 16) {
					let value = f32x4.splat(max ? -Infinity : 0);
					for (let y = top; y < bottom; y++) {
						let p = first + y * xRow + c;
						const end = p + (right - left) * pixel;
						if (max) for (; p < end; p += pixel) value = f32x4.max(value, v128.load(p));
						else for (; p < end; p += pixel) value = f32x4.add(value, v128.load(p));
					}
					v128.store(q, max ? value : f32x4.mul(value, share));
					q += 16;
				}
			}
		}
}

/**
 * Adds each window's dz to dx: where the window first, in row-major order, has its largest value z, or in equal shares.
 * x and z are not read for the mean.
 */
export function poolGrad(
	dz: usize,
	x: usize,
	z: usize,
	dx: usize,
	max: i32,
	kernelRows: i32,
	kernelColumns: i32,
	stride: i32,
	padding: i32,
	height: i32,
	width: i32,
	xImage: i32,
	xRow: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const pixel = channels * 4;
	const share = f32x4.splat(<f32>1 / <f32>(kernelRows * kernelColumns));
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++) {
			const top = firstOf(r, stride, padding);
			const bottom = endOf(r, stride, padding, kernelRows, height);
			for (let i = 0; i < columns; i++) {
				const left = firstOf(i, stride, padding);
				const right = endOf(i, stride, padding, kernelColumns, width);
				const first = n * xImage + left * pixel;
				const at = n * image + r * row + i * pixel;
				for (let c = 0; c < pixel; c += 16) {
					const gradient = v128.load(dz + at + c);
					if (max) {
						const largest = v128.load(z + at + c);
						let open = i32x4.splat(-1);
						for (let y = top; y < bottom; y++) {
							let p = first + y * xRow + c;
							const end = p + (right - left) * pixel;
							for (; p < end; p += pixel) {
								const here = v128.and(open, f32x4.eq(v128.load(x + p), largest));
								open = v128.andnot(open, here);
								v128.store(dx + p, f32x4.add(v128.load(dx + p), v128.and(gradient, here)));
							}
						}
					} else
						for (let y = top; y < bottom; y++) {
							let p = dx + first + y * xRow + c;
							const end = p + (right - left) * pixel;
							for (; p < end; p += pixel) v128.store(p, madd(gradient, share, v128.load(p)));
						}
				}
			}
		}
}
