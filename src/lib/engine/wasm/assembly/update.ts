/** The optimiser over all parameters of a network at once, and the norms of their gradients. */
import { optimise } from './formulas';
import { promoteHigh } from './simd';

/**
 * One step of an optimiser, given by its code (`math/optimisers.ts`), with the gradient times `factor`. All four arrays
 * have room for a multiple of four numbers, zeros at the end. Returns the L2 norm of what is taken off w.
 */
export function update(
	w: usize,
	v: usize,
	s: usize,
	g: usize,
	count: i32,
	optimiser: i32,
	learningRate: f32,
	momentum: f32,
	weightDecay: f32,
	correction: f32,
	factor: f32
): f64 {
	const rate = f32x4.splat(learningRate);
	const kept = f32x4.splat(momentum);
	const decay = f32x4.splat(weightDecay);
	const corrected = f32x4.splat(correction);
	const factors = f32x4.splat(factor);
	let sum = f64x2.splat(0);
	for (let i = 0; i < count; i += 4) {
		const at = i << 2;
		const weight = v128.load(w + at);
		const gradient = f32x4.mul(v128.load(g + at), factors);
		const change = optimise(
			optimiser,
			weight,
			gradient,
			v + at,
			s + at,
			rate,
			kept,
			decay,
			corrected
		);
		v128.store(w + at, f32x4.sub(weight, change));
		const low = f64x2.promote_low_f32x4(change);
		const high = promoteHigh(change);
		sum = f64x2.add(sum, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
	}
	return Math.sqrt(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
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
