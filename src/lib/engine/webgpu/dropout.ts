/** The masks of dropout: drawn on the device, bit-identical with `dropoutMask`. */

/**
 * Declares the factors of a dropout, with the same bits as `featureBits`: 0, or 1 / (1 − rate). The shader binds `draw`,
 * `[key, threshold]` of the step; a threshold of 0 drops nothing.
 */
export const DROPOUT = (rate: number) => `
fn kept(index: u32) -> f32 {
	if (draw[1] == 0u) { return 1; }
	let state = (index ^ draw[0]) * 747796405u + 2891336453u;
	let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
	return select(${1 / (1 - rate)}, 0.0, ((word >> 22u) ^ word) < draw[1]);
}
/** The factors of four values in a row. */
fn keptFrom(first: u32) -> vec4f {
	return vec4f(kept(first), kept(first + 1u), kept(first + 2u), kept(first + 3u));
}`;
