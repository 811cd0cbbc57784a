/** The optimiser over all parameters of a network at once, and the norms of their gradients. */
import { promoteHigh } from './simd';

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
	let lows = f64x2.splat(0);
	let highs = f64x2.splat(0);
	let i = 0;
	for (; i + 4 <= count; i += 4) {
		const values = v128.load(x + (i << 2));
		const low = f64x2.promote_low_f32x4(values);
		const high = promoteHigh(values);
		lows = f64x2.add(lows, f64x2.mul(low, low));
		highs = f64x2.add(highs, f64x2.mul(high, high));
	}
	const both = f64x2.add(lows, highs);
	let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
	for (; i < count; i++) {
		const value = <f64>load<f32>(x + (i << 2));
		sum += value * value;
	}
	return Math.sqrt(sum);
}
