/**
 * Dense layers, straight from the matrix `[tap][input][output]`: its rows are not padded, and the largest is not copied.
 * The input is a map of `rows` × `columns` pixels, each a tap, whose distances `xRow` and `xPixel` are in bytes; the
 * output is a map of one pixel or a row of numbers. Distances between images are `xImage` and `yImage`.
 */
import { horizontal, madd } from './simd';

/** y = x · kernel + bias; a bias pointer of 0 means no bias. The `padding` numbers after the outputs are set to 0. */
export function dense(
	x: usize,
	kernel: usize,
	bias: usize,
	y: usize,
	images: i32,
	inputs: i32,
	outputs: i32,
	padding: i32,
	rows: i32,
	columns: i32,
	xImage: i32,
	xRow: i32,
	xPixel: i32,
	yImage: i32
): void {
	for (let n = 0; n < images; n++) {
		const yn = y + n * yImage;
		if (bias) memory.copy(yn, bias, outputs * 4);
		else memory.fill(yn, 0, outputs * 4);
		memory.fill(yn + outputs * 4, 0, padding * 4);
	}
	const pitch = outputs * 4;
	let w = kernel;
	for (let r = 0; r < rows; r++)
		for (let c = 0; c < columns; c++) {
			let xp = x + r * xRow + c * xPixel;
			let i = 0;
			for (; i + 4 <= inputs; i += 4) {
				for (let n = 0; n < images; n++) addRows(xp + n * xImage, w, y + n * yImage, outputs);
				xp += 16;
				w += 4 * pitch;
			}
			for (; i < inputs; i++) {
				for (let n = 0; n < images; n++) addRow(xp + n * xImage, w, y + n * yImage, outputs);
				xp += 4;
				w += pitch;
			}
		}
}

/** Adds four inputs' rows of the matrix to an image's outputs. */
function addRows(x: usize, w: usize, y: usize, outputs: i32): void {
	const pitch = outputs * 4;
	const x0 = v128.load_splat<f32>(x);
	const x1 = v128.load_splat<f32>(x, 4);
	const x2 = v128.load_splat<f32>(x, 8);
	const x3 = v128.load_splat<f32>(x, 12);
	let w0 = w;
	let w1 = w0 + pitch;
	let w2 = w1 + pitch;
	let w3 = w2 + pitch;
	const whole = y + (outputs & ~3) * 4;
	const end = y + pitch;
	for (; y < whole; y += 16) {
		let sum = madd(x0, v128.load(w0), v128.load(y));
		sum = madd(x1, v128.load(w1), sum);
		sum = madd(x2, v128.load(w2), sum);
		sum = madd(x3, v128.load(w3), sum);
		v128.store(y, sum);
		w0 += 16;
		w1 += 16;
		w2 += 16;
		w3 += 16;
	}
	for (; y < end; y += 4) {
		let sum = load<f32>(y) + load<f32>(x) * load<f32>(w0);
		sum += load<f32>(x, 4) * load<f32>(w1);
		sum += load<f32>(x, 8) * load<f32>(w2);
		sum += load<f32>(x, 12) * load<f32>(w3);
		store<f32>(y, sum);
		w0 += 4;
		w1 += 4;
		w2 += 4;
		w3 += 4;
	}
}

function addRow(x: usize, w: usize, y: usize, outputs: i32): void {
	const factor = load<f32>(x);
	for (let o = 0; o < outputs; o++)
		store<f32>(y + o * 4, load<f32>(y + o * 4) + factor * load<f32>(w + o * 4));
}

/** dKernel = xᵀ · dy, and dBias = Σ dy unless its pointer is 0. */
export function denseKernelGrad(
	x: usize,
	dy: usize,
	dKernel: usize,
	dBias: usize,
	images: i32,
	inputs: i32,
	outputs: i32,
	rows: i32,
	columns: i32,
	xImage: i32,
	xRow: i32,
	xPixel: i32,
	yImage: i32
): void {
	const pitch = outputs * 4;
	const whole = outputs & ~3;
	let dw = dKernel;
	for (let r = 0; r < rows; r++)
		for (let c = 0; c < columns; c++) {
			const xp = x + r * xRow + c * xPixel;
			const fours = inputs & ~3;
			for (let i = 0; i < fours; i += 4)
				for (let o = 0; o < whole; o += 4)
					products(xp + i * 4, dy + o * 4, dw + i * pitch + o * 4, pitch, images, xImage, yImage);
			for (let i = 0; i < inputs; i++)
				for (let o = i < fours ? whole : 0; o < outputs; o++) {
					let sum: f32 = 0;
					for (let n = 0; n < images; n++)
						sum += load<f32>(xp + n * xImage + i * 4) * load<f32>(dy + n * yImage + o * 4);
					store<f32>(dw + i * pitch + o * 4, sum);
				}
			dw += inputs * pitch;
		}
	if (!dBias) return;
	for (let o = 0; o < outputs; o++) {
		let sum: f32 = 0;
		for (let n = 0; n < images; n++) sum += load<f32>(dy + n * yImage + o * 4);
		store<f32>(dBias + o * 4, sum);
	}
}

/** The gradient of four inputs' weights to four outputs, summed over the images. */
function products(
	x: usize,
	dy: usize,
	dw: usize,
	pitch: i32,
	images: i32,
	xImage: i32,
	yImage: i32
): void {
	let a = f32x4.splat(0);
	let b = a;
	let c = a;
	let d = a;
	for (let n = 0; n < images; n++) {
		const g = v128.load(dy);
		a = madd(v128.load_splat<f32>(x), g, a);
		b = madd(v128.load_splat<f32>(x, 4), g, b);
		c = madd(v128.load_splat<f32>(x, 8), g, c);
		d = madd(v128.load_splat<f32>(x, 12), g, d);
		x += xImage;
		dy += yImage;
	}
	v128.store(dw, a);
	v128.store(dw + pitch, b);
	v128.store(dw + 2 * pitch, c);
	v128.store(dw + 3 * pitch, d);
}

/** dx = dy · kernelᵀ, or added to dx. Without adding, the `padding` channels after each pixel's inputs are set to 0. */
export function denseInputGrad(
	dy: usize,
	kernel: usize,
	dx: usize,
	images: i32,
	inputs: i32,
	outputs: i32,
	padding: i32,
	rows: i32,
	columns: i32,
	xImage: i32,
	xRow: i32,
	xPixel: i32,
	yImage: i32,
	accumulate: i32
): void {
	const pitch = outputs * 4;
	let w = kernel;
	for (let r = 0; r < rows; r++)
		for (let c = 0; c < columns; c++) {
			const xp = dx + r * xRow + c * xPixel;
			let i = 0;
			for (; i + 4 <= inputs; i += 4) {
				for (let n = 0; n < images; n++)
					dots(dy + n * yImage, w, xp + n * xImage + i * 4, outputs, accumulate);
				w += 4 * pitch;
			}
			for (; i < inputs; i++) {
				for (let n = 0; n < images; n++) {
					const to = xp + n * xImage + i * 4;
					let sum: f32 = accumulate ? load<f32>(to) : 0;
					for (let o = 0; o < outputs; o++)
						sum += load<f32>(dy + n * yImage + o * 4) * load<f32>(w + o * 4);
					store<f32>(to, sum);
				}
				w += pitch;
			}
			if (accumulate) continue;
			for (let n = 0; n < images; n++) memory.fill(xp + n * xImage + inputs * 4, 0, padding * 4);
		}
}

/** Scalar products of an image's dy with four rows of the matrix. */
function dots(dy: usize, w: usize, to: usize, outputs: i32, accumulate: i32): void {
	const pitch = outputs * 4;
	let w0 = w;
	let w1 = w0 + pitch;
	let w2 = w1 + pitch;
	let w3 = w2 + pitch;
	let a = f32x4.splat(0);
	let b = a;
	let c = a;
	let d = a;
	const whole = dy + (outputs & ~3) * 4;
	const end = dy + pitch;
	for (; dy < whole; dy += 16) {
		const g = v128.load(dy);
		a = madd(g, v128.load(w0), a);
		b = madd(g, v128.load(w1), b);
		c = madd(g, v128.load(w2), c);
		d = madd(g, v128.load(w3), d);
		w0 += 16;
		w1 += 16;
		w2 += 16;
		w3 += 16;
	}
	let sum = horizontal(a, b, c, d);
	for (; dy < end; dy += 4) {
		const row = f32x4(load<f32>(w0), load<f32>(w1), load<f32>(w2), load<f32>(w3));
		sum = madd(v128.load_splat<f32>(dy), row, sum);
		w0 += 4;
		w1 += 4;
		w2 += 4;
		w3 += 4;
	}
	v128.store(to, accumulate ? f32x4.add(v128.load(to), sum) : sum);
}
