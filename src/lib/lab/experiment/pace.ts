/**
 * Which depth a machine can carry in class, from a measured step. The cost of a step of the CIFAR
 * family is linear in its depth (each stage halves the image and doubles the channels).
 */

/** The depths offered by default, deepest first: the effect grows with depth. */
const CLASS_DEPTHS = [56, 32, 20] as const;
export type ClassDepth = (typeof CLASS_DEPTHS)[number];

/** Steps after which the degradation effect can be seen, and how long a class should wait for them. */
const STEPS_TO_SEE = 50;
const PATIENCE_SECONDS = 60;

export interface DepthChoice {
	readonly depth: ClassDepth;
	/** Expected for one step of both networks at each depth. */
	readonly expected: readonly { readonly depth: ClassDepth; readonly milliseconds: number }[];
}

/**
 * The deepest of `CLASS_DEPTHS` that shows the effect within `PATIENCE_SECONDS`; the shallowest when
 * none does.
 * @param milliseconds one step of plain-8 and residual-8 together
 */
export function chooseDepth(milliseconds: number): DepthChoice {
	const expected = CLASS_DEPTHS.map((depth) => ({
		depth,
		milliseconds: (milliseconds * (depth - 1)) / (8 - 1)
	}));
	const fits = expected.find((e) => e.milliseconds * STEPS_TO_SEE <= PATIENCE_SECONDS * 1000);
	return {
		depth: (fits ?? expected[expected.length - 1]).depth,
		expected
	};
}
