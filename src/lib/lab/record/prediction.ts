/**
 * What a reader expects of a run and has drawn before it: for each network the course of its training error, and the
 * gradient norms of its layers at the first step. Afterwards, what the reader saw in the curves.
 */
import { indexSchema, shareSchema } from '$lib/base/numbers';
import type { Immutable } from '$lib/base/immutable';
import type { AnalysedNetwork } from '$lib/network';
import type { Disagreement } from '../studies/study';
import * as v from 'valibot';

/** Values that the reader has drawn, null where no stroke has passed; at least one is drawn. */
const strokes = (value: v.GenericSchema<unknown, number>) =>
	v.pipe(
		v.array(v.nullable(value)),
		v.check((values) => values.some((each) => each !== null), 'expected at least one number')
	);

/** A drawn curve has a value at step 0 and after each of so many equal parts of its steps. */
export const PREDICTED_PARTS = 25;
/** The axis on which gradient norms are drawn, as powers of ten: from vanished to exploded. */
export const PREDICTED_NORMS = { low: -12, high: 4 };

/** What the reader answers to the question which network has the lowest training error, if none has. */
export const NO_DIFFERENCE = 'none';

const exponent = v.pipe(
	v.number(),
	v.minValue(PREDICTED_NORMS.low),
	v.maxValue(PREDICTED_NORMS.high)
);

export const predictionSchema = v.object({
	/** The step at which the curves end. */
	steps: v.pipe(indexSchema, v.minValue(1)),
	lanes: v.array(
		v.object({
			/** Training errors, 0…1, at equal distances from step 0 to `steps`; null if none were drawn. */
			error: v.nullable(v.pipe(strokes(shareSchema), v.length(PREDICTED_PARTS + 1))),
			/** Gradient norm of each layer at step 1, as a power of ten; null if none were drawn. */
			gradient: v.nullable(strokes(exponent))
		})
	),
	/** The network that the reader then saw to have the lowest training error; null before the answer. */
	seen: v.nullable(v.union([indexSchema, v.literal(NO_DIFFERENCE)]))
});
export type Prediction = Immutable<v.InferOutput<typeof predictionSchema>>;
export type DrawnLane = Prediction['lanes'][number];
export type Seen = NonNullable<Prediction['seen']>;

/** A prediction for so many networks in which nothing is drawn yet. */
export const nothingDrawn = (lanes: number, steps: number): Prediction => ({
	steps,
	lanes: Array.from({ length: lanes }, () => ({ error: null, gradient: null })),
	seen: null
});

export const isDrawn = ({ lanes }: Prediction): boolean =>
	lanes.some(({ error, gradient }) => error || gradient);

/** A point of a stroke: its place among the values, which need not be whole, and the value there. */
export interface StrokePoint {
	readonly at: number;
	readonly value: number;
}

/**
 * Draws a stroke over values.
 * @param values null before the first stroke
 * @param count number of values
 */
export function withStroke(
	values: readonly (number | null)[] | null,
	count: number,
	from: StrokePoint,
	to: StrokePoint
): (number | null)[] {
	const drawn = values ? [...values] : Array<number | null>(count).fill(null);
	const [left, right] = from.at <= to.at ? [from, to] : [to, from];
	const place = (at: number) => Math.min(count - 1, Math.max(0, Math.round(at)));
	const [first, last] = [place(left.at), place(right.at)];
	if (first === last) drawn[first] = to.value;
	else
		for (let i = first; i <= last; i++) {
			const share = Math.min(1, Math.max(0, (i - left.at) / (right.at - left.at)));
			drawn[i] = left.value + share * (right.value - left.value);
		}
	return drawn;
}

/** The whole curve: straight between strokes, level before the first and after the last. */
export function filled(values: readonly (number | null)[]): number[] {
	const known = values.flatMap((value, at) => (value === null ? [] : [{ at, value }]));
	return values.map((value, i) => {
		if (value !== null) return value;
		const before = known.findLast(({ at }) => at < i);
		const after = known.find(({ at }) => at > i);
		if (!before || !after) return (before ?? after)?.value ?? NaN;
		return before.value + ((i - before.at) / (after.at - before.at)) * (after.value - before.value);
	});
}

/** Finds what does not fit the run's networks. */
export function predictionDisagrees(
	{ lanes, seen }: Prediction,
	networks: readonly AnalysedNetwork[]
): Disagreement | null {
	if (lanes.length !== networks.length)
		return { path: 'lanes', detail: `expected ${networks.length}, received ${lanes.length}` };
	if (typeof seen === 'number' && seen >= networks.length)
		return { path: 'seen', detail: `expected less than ${networks.length}, received ${seen}` };
	for (const [lane, { gradient }] of lanes.entries()) {
		const expected = networks[lane].layers.length;
		if (gradient && gradient.length !== expected)
			return {
				path: `lanes.${lane}.gradient`,
				detail: `expected ${expected} numbers, received ${gradient.length}`
			};
	}
	return null;
}
