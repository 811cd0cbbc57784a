/** Counts the values of a map by sign and exponent (`engine/histogram.ts`). */
const BINS: i32 = 513;
const ZERO: i32 = 512;

/** Adds one to a counter. */
function count(counts: usize, bin: i32): void {
	const at = counts + (bin << 2);
	store<i32>(at, load<i32>(at) + 1);
}

/**
 * Adds the first `real` channels of every pixel to four tables of counters, one for each of four consecutive channels:
 * values of one bin, which follow each other often, then need not wait for each other's sum.
 * @param counts four tables of 513 integers
 */
export function histogram(
	z: usize,
	counts: usize,
	countsBytes: i32,
	real: i32,
	channels: i32,
	images: i32,
	rows: i32,
	columns: i32,
	image: i32,
	row: i32
): void {
	const second = counts + BINS * 4;
	const third = second + BINS * 4;
	const fourth = third + BINS * 4;
	const whole = (real & ~3) * 4;
	const length = real * 4;
	const zeros = i32x4.splat(ZERO);
	for (let n = 0; n < images; n++)
		for (let r = 0; r < rows; r++) {
			let at = z + n * image + r * row;
			for (let i = 0; i < columns; i++) {
				let c = 0;
				for (; c < whole; c += 16) {
					const bits = v128.load(at + c);
					const isZero = i32x4.eq(i32x4.shl(bits, 1), i32x4.splat(0));
					const bins = v128.bitselect(zeros, i32x4.shr_u(bits, 23), isZero);
					count(counts, i32x4.extract_lane(bins, 0));
					count(second, i32x4.extract_lane(bins, 1));
					count(third, i32x4.extract_lane(bins, 2));
					count(fourth, i32x4.extract_lane(bins, 3));
				}
				for (; c < length; c += 4) {
					const bits = load<u32>(at + c);
					count(counts, bits << 1 == 0 ? ZERO : bits >> 23);
				}
				at += channels * 4;
			}
		}
}
