/** Curves of many runs of the same experiment: thinned to few points, and the spread of many at each step. */
import { bisectLeft, mean, quantileSorted } from 'd3';
import { LAST_STEPS } from '../study';

/** Most points of a thinned curve. */
export const MOST_POINTS = 64;

/** The training errors of a run's networks, thinned. */
export interface ThinCurves {
	/** The step at which each point lies, ascending. */
	readonly steps: readonly number[];
	readonly lanes: readonly {
		/** 0…1; null after the lane has stopped. */
		readonly errors: readonly (number | null)[];
	}[];
}

/** The steps at which the points of a thinned curve of `made` steps lie, evenly spread; the last is its last step. */
export function thinSteps(made: number): number[] {
	const count = Math.min(made, MOST_POINTS);
	return Array.from({ length: count }, (_, i) => Math.round(((i + 1) * made) / count));
}

/**
 * Thins a curve: each point is the mean over the steps that it stands for, of which it is the last.
 * @param errors at each step from the first, 0…1; null or NaN after the lane has stopped
 * @param ends see `thinSteps`
 */
export const thin = (
	errors: readonly (number | null)[],
	ends: readonly number[]
): (number | null)[] =>
	ends.map((end, i) => {
		const part = errors.slice(ends[i - 1] ?? 0, end).filter(Number.isFinite);
		return part.length ? rounded(mean(part as number[]) ?? 0) : null;
	});

/** A curve at some steps: each point is the mean over the last steps up to it, null where the lane has stopped. */
export const recentMeans = (errors: readonly number[], at: readonly number[]): (number | null)[] =>
	at.map((step) =>
		step > errors.length
			? null
			: rounded(mean(errors.slice(Math.max(0, step - LAST_STEPS), step)) ?? 0)
	);

const rounded = (value: number) => Math.round(value * 1e4) / 1e4;

/** The error at a step, straight between points; null beyond the curve. */
export function errorAt(
	{ steps }: Pick<ThinCurves, 'steps'>,
	errors: readonly (number | null)[],
	step: number
): number | null {
	const next = bisectLeft(steps, step);
	if (next === steps.length) return null;
	const after = errors[next];
	if (next === 0 || steps[next] === step) return after;
	const before = errors[next - 1];
	if (before === null || after === null) return null;
	const share = (step - steps[next - 1]) / (steps[next] - steps[next - 1]);
	return before + share * (after - before);
}

/** Half of the runs around the median at one step. */
export interface Spread {
	readonly step: number;
	readonly median: number;
	readonly low: number;
	readonly high: number;
	/** Number of runs that have come so far. */
	readonly runs: number;
}

/** Median and quartiles of one lane over many runs, at up to as many steps as a curve has points. */
export function spread(curves: readonly ThinCurves[], lane: number): Spread[] {
	const last = Math.max(0, ...curves.map(({ steps }) => steps.at(-1) ?? 0));
	return thinSteps(last).flatMap((step) => {
		const errors = curves
			.flatMap((curve) => {
				const own = curve.lanes[lane];
				return (own && errorAt(curve, own.errors, step)) ?? [];
			})
			.sort((a, b) => a - b);
		if (!errors.length) return [];
		const share = (p: number) => quantileSorted(errors, p) ?? NaN;
		return [{ step, median: share(0.5), low: share(0.25), high: share(0.75), runs: errors.length }];
	});
}
