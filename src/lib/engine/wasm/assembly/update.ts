/** The optimiser over all parameters of a network at once, and the norms of their gradients. */
import { promoteHigh } from './simd';

/**
 * SGD: v ← μv + g, w ← w − ηv. Adam: v ← μv + (1 − μ)g, s ← β₂s + (1 − β₂)g², w ← w − ηv / (√(s · correction) + ε). In both
 * g is the gradient times `factor`, + λw. Returns the L2 norm of what is added to w.
 */
export function update(
	w: usize,
	v: usize,
	s: usize,
	g: usize,
	count: i32,
	adam: i32,
	learningRate: f32,
	momentum: f32,
	weightDecay: f32,
	correction: f32,
	beta2: f32,
	epsilon: f32,
	factor: f32
): f64 {
	let total: f64 = 0;
	for (let i = 0; i < count; i++) {
		const at = i << 2;
		const weight = load<f32>(w + at);
		const gradient = load<f32>(g + at) * factor + weightDecay * weight;
		let change: f32;
		if (adam) {
			const mean = momentum * load<f32>(v + at) + (<f32>1 - momentum) * gradient;
			const square = beta2 * load<f32>(s + at) + (<f32>1 - beta2) * gradient * gradient;
			store<f32>(v + at, mean);
			store<f32>(s + at, square);
			change = (learningRate * mean) / (Mathf.sqrt(square * correction) + epsilon);
		} else {
			const velocity = momentum * load<f32>(v + at) + gradient;
			store<f32>(v + at, velocity);
			change = learningRate * velocity;
		}
		store<f32>(w + at, weight - change);
		total += <f64>change * <f64>change;
	}
	return Math.sqrt(total);
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
