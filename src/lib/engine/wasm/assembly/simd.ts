/** What all kernels share: a fused multiply-add where the processor has one, and the activations. */

/** a · b + c. */
export function madd(a: v128, b: v128, c: v128): v128 {
	if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
	return f32x4.add(f32x4.mul(a, b), c);
}

export const RELU: i32 = 1;
export const TANH: i32 = 2;
export const SIGMOID: i32 = 3;
export const LEAKY: i32 = 4;
/** As `LEAKY_SLOPE` of the networks' descriptions. */
const SLOPE: f32 = 0.01;

function lane(x: f32, kind: i32): f32 {
	if (kind == TANH) return Mathf.tanh(x);
	return <f32>1 / (<f32>1 + Mathf.exp(-x));
}

/** The activation of four values; NaN stays NaN. */
export function activate(x: v128, kind: i32): v128 {
	if (kind == 0) return x;
	if (kind == RELU) return v128.bitselect(f32x4.splat(0), x, f32x4.lt(x, f32x4.splat(0)));
	if (kind == LEAKY)
		return v128.bitselect(f32x4.mul(x, f32x4.splat(SLOPE)), x, f32x4.lt(x, f32x4.splat(0)));
	return f32x4(
		lane(f32x4.extract_lane(x, 0), kind),
		lane(f32x4.extract_lane(x, 1), kind),
		lane(f32x4.extract_lane(x, 2), kind),
		lane(f32x4.extract_lane(x, 3), kind)
	);
}

/** dy · f′, with f′ in terms of the activation's output y. */
export function activateGrad(dy: v128, y: v128, kind: i32): v128 {
	if (kind == 0) return dy;
	const one = f32x4.splat(1);
	if (kind == RELU) return v128.and(dy, f32x4.gt(y, f32x4.splat(0)));
	if (kind == LEAKY)
		return v128.bitselect(dy, f32x4.mul(dy, f32x4.splat(SLOPE)), f32x4.gt(y, f32x4.splat(0)));
	if (kind == TANH) return f32x4.mul(dy, f32x4.sub(one, f32x4.mul(y, y)));
	return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(one, y)));
}

/** The third and fourth of four values, widened. */
export function promoteHigh(values: v128): v128 {
	return f64x2.promote_low_f32x4(
		i8x16.shuffle(values, values, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
	);
}

/** Adds four values, widened, to four 64-bit sums: 1e-25 squared is lost in 32 bits. */
export function addWide(sums: usize, values: v128): void {
	v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(values)));
	v128.store(sums, f64x2.add(v128.load(sums, 16), promoteHigh(values)), 16);
}
