/**
 * The end of a network: global average pooling, the dense layer, the softmax cross-entropy. Small matrices,
 * plain loops. Features are `[N][C]` with C padded to a multiple of 4, logits `[N][classes]`.
 */

/** Mean of each channel over the pixels of each image. */
export function pool(
	z: usize,
	features: usize,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const share = f32x4.splat(<f32>1 / <f32>(rows * columns));
	for (let n = 0; n < images; n++)
		for (let c = 0; c < channels; c += 4) {
			let sum = f32x4.splat(0);
			for (let r = 0; r < rows; r++) {
				let p = z + n * image + r * row + c * 4;
				for (let i = 0; i < columns; i++) {
					sum = f32x4.add(sum, v128.load(p));
					p += channels * 4;
				}
			}
			v128.store(features + (n * channels + c) * 4, f32x4.mul(sum, share));
		}
}

export function poolGrad(
	dFeatures: usize,
	dz: usize,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const share = f32x4.splat(<f32>1 / <f32>(rows * columns));
	for (let n = 0; n < images; n++)
		for (let c = 0; c < channels; c += 4) {
			const value = f32x4.mul(v128.load(dFeatures + (n * channels + c) * 4), share);
			for (let r = 0; r < rows; r++) {
				let p = dz + n * image + r * row + c * 4;
				for (let i = 0; i < columns; i++) {
					v128.store(p, value);
					p += channels * 4;
				}
			}
		}
}

/** y = x · kernel + bias, kernel `[inputs][outputs]`; rows of x are `pitch` values apart; a bias pointer of 0 means no bias. */
export function dense(
	x: usize,
	kernel: usize,
	bias: usize,
	y: usize,
	images: i32,
	inputs: i32,
	pitch: i32,
	outputs: i32
): void {
	for (let n = 0; n < images; n++)
		for (let o = 0; o < outputs; o++) {
			let sum: f32 = bias ? load<f32>(bias + o * 4) : 0;
			for (let i = 0; i < inputs; i++)
				sum += load<f32>(x + (n * pitch + i) * 4) * load<f32>(kernel + (i * outputs + o) * 4);
			store<f32>(y + (n * outputs + o) * 4, sum);
		}
}

/** dx = dy · kernelᵀ, dKernel = xᵀ · dy, dBias = Σ dy. Padding of dx is set to 0. */
export function denseGrad(
	x: usize,
	kernel: usize,
	dy: usize,
	dx: usize,
	dKernel: usize,
	dBias: usize,
	images: i32,
	inputs: i32,
	pitch: i32,
	outputs: i32
): void {
	for (let n = 0; n < images; n++)
		for (let i = 0; i < pitch; i++) {
			let sum: f32 = 0;
			if (i < inputs)
				for (let o = 0; o < outputs; o++)
					sum += load<f32>(dy + (n * outputs + o) * 4) * load<f32>(kernel + (i * outputs + o) * 4);
			store<f32>(dx + (n * pitch + i) * 4, sum);
		}
	for (let o = 0; o < outputs; o++) {
		for (let i = 0; i < inputs; i++) {
			let sum: f32 = 0;
			for (let n = 0; n < images; n++)
				sum += load<f32>(x + (n * pitch + i) * 4) * load<f32>(dy + (n * outputs + o) * 4);
			store<f32>(dKernel + (i * outputs + o) * 4, sum);
		}
		if (!dBias) continue;
		let sum: f32 = 0;
		for (let n = 0; n < images; n++) sum += load<f32>(dy + (n * outputs + o) * 4);
		store<f32>(dBias + o * 4, sum);
	}
}

/**
 * dLogits = (softmax − truth) / N. Writes the sum of the cross-entropies and the number of wrong answers into `results`
 * (two f64). An image with logits that are not finite counts as wrong and makes the sum NaN.
 */
export function crossEntropy(
	logits: usize,
	labels: usize,
	dLogits: usize,
	results: usize,
	images: i32,
	classes: i32
): void {
	let total: f64 = 0;
	let wrong: f64 = 0;
	for (let n = 0; n < images; n++) {
		const row = logits + n * classes * 4;
		const label = load<i32>(labels + n * 4);
		let most: f32 = -Infinity;
		let best = -1;
		for (let k = 0; k < classes; k++) {
			const value = load<f32>(row + k * 4);
			if (value > most) {
				most = value;
				best = k;
			}
		}
		let sum: f64 = 0;
		for (let k = 0; k < classes; k++) sum += Math.exp(<f64>load<f32>(row + k * 4) - <f64>most);
		total += Math.log(sum) + <f64>most - <f64>load<f32>(row + label * 4);
		if (best != label) wrong += 1;
		for (let k = 0; k < classes; k++) {
			const p = Math.exp(<f64>load<f32>(row + k * 4) - <f64>most) / sum;
			const truth: f64 = k == label ? 1 : 0;
			store<f32>(dLogits + (n * classes + k) * 4, <f32>((p - truth) / <f64>images));
		}
	}
	store<f64>(results, total);
	store<f64>(results + 8, wrong);
}
