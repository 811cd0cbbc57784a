/** Functions that all kernels share: multiply-add (fused if the processor can), functions of four values, sums in 64 bits. */

/** a · b + c. */
export function madd(a: v128, b: v128, c: v128): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
	return f32x4.add(f32x4.mul(a, b), c);
}

/** eˣ of four values. */
export function exp4(x: v128): v128 {
	return f32x4(
		Mathf.exp(f32x4.extract_lane(x, 0)),
		Mathf.exp(f32x4.extract_lane(x, 1)),
		Mathf.exp(f32x4.extract_lane(x, 2)),
		Mathf.exp(f32x4.extract_lane(x, 3))
	);
}

export function tanh4(x: v128): v128 {
	return f32x4(
		Mathf.tanh(f32x4.extract_lane(x, 0)),
		Mathf.tanh(f32x4.extract_lane(x, 1)),
		Mathf.tanh(f32x4.extract_lane(x, 2)),
		Mathf.tanh(f32x4.extract_lane(x, 3))
	);
}

/** Converts the third and fourth of four values to 64 bits. */
export function promoteHigh(values: v128): v128 {
	return f64x2.promote_low_f32x4(
		i8x16.shuffle(values, values, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
	);
}

/** Squares of four values, in 64 bits and added in pairs. */
export function squares(values: v128): v128 {
	const low = f64x2.promote_low_f32x4(values);
	const high = promoteHigh(values);
	return f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high));
}

/** Sum of two 64-bit values. */
export function total(pair: v128): f64 {
	return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** The sums of the values of four vectors. */
export function horizontal(a: v128, b: v128, c: v128, d: v128): v128 {
	const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
	const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
	return f32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}

/** Adds four values to four sums in 64 bits. */
export function addWide(sums: usize, values: v128): void {
	v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(values)));
	v128.store(sums, f64x2.add(v128.load(sums, 16), promoteHigh(values)), 16);
}
