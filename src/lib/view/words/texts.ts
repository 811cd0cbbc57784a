/** Tables of texts for values that a code tells apart: problems, warnings, failures. A missing text is a type error. */

type Coded = { readonly code: string };

/** A text for each kind of problem by its code; `More` is what a text needs besides the problem. */
export type Texts<P extends Coded, More extends readonly unknown[] = []> = {
	readonly [C in P['code']]: (problem: Extract<P, { readonly code: C }>, ...more: More) => string;
};

/** The text for a problem. */
export const textOf = <P extends Coded, More extends readonly unknown[] = []>(
	texts: Texts<P, More>,
	problem: P,
	...more: More
): string =>
	(texts[problem.code as P['code']] as (problem: P, ...more: More) => string)(problem, ...more);
