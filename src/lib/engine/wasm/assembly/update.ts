/** The optimiser over all parameters of a network at once, and the norms of their gradients. */
import { optimise } from './formulas';
import { squares, total } from './simd';

/**
 * Makes one step of the optimiser with the given code (`math/optimisers.ts`), with the gradient multiplied by `factor`.
 * All four arrays are padded with zeros to a multiple of four numbers. Returns the L2 norm of the amount subtracted
 * from w.
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
		sum = f64x2.add(sum, squares(change));
	}
	return Math.sqrt(total(sum));
}

/** √Σx², summed in 64 bits; x is padded with zeros to a multiple of four numbers. */
export function norm(x: usize, count: i32): f64 {
	let sum = f64x2.splat(0);
	for (let i = 0; i < count; i += 4) sum = f64x2.add(sum, squares(v128.load(x + (i << 2))));
	return Math.sqrt(total(sum));
}
