/** The masks of dropout: drawn on the device, bit-identical with `dropoutMask`. */

/** Declares the factors of a dropout, with the same bits as `featureBits`: 0, or 1 / (1 − rate). A threshold of 0 drops nothing. */
export const DROPOUT = (rate: number) => `
float kept(uint index) {
	if (dropout.y == 0u) return 1.;
	uint state = (index ^ dropout.x) * 747796405u + 2891336453u;
	uint word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
	return ((word >> 22u) ^ word) < dropout.y ? 0. : float(${1 / (1 - rate)});
}
/** The factors of four values in a row. */
vec4 keptFrom(uint first) {
	return vec4(kept(first), kept(first + 1u), kept(first + 2u), kept(first + 3u));
}`;
