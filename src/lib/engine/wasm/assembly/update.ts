/** The optimiser over all parameters of a network at once, and the norms of their gradients. */

/** SGD with momentum as in PyTorch: v ← μv + g + λw, w ← w − ηv. */
export function update(
	w: usize,
	v: usize,
	g: usize,
	count: i32,
	learningRate: f32,
	momentum: f32,
	weightDecay: f32
): void {
	for (let i = 0; i < count; i++) {
		const at = i << 2;
		const weight = load<f32>(w + at);
		const velocity = momentum * load<f32>(v + at) + (load<f32>(g + at) + weightDecay * weight);
		store<f32>(v + at, velocity);
		store<f32>(w + at, weight - learningRate * velocity);
	}
}

/** √Σx², summed in 64 bits. */
export function norm(x: usize, count: i32): f64 {
	let sum: f64 = 0;
	for (let i = 0; i < count; i++) {
		const value = <f64>load<f32>(x + (i << 2));
		sum += value * value;
	}
	return Math.sqrt(sum);
}
