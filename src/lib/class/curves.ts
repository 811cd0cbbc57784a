/** The runs of a class as curves: thinned on a student's page, put together on the teacher's. */
import { bisectLeft, mean, quantileSorted } from 'd3';
import { LIMITS, type Curve } from './protocol';

interface ThinLane {
	readonly title: string;
	/** Training error at each step from the first, 0…1; null after the lane has stopped. */
	readonly errors: readonly (number | null)[];
}

/** Thins a run: each point is the mean over the steps that it stands for, placed at the last of them. */
export function thinned(
	{ run, setup, done }: Pick<Curve, 'run' | 'setup' | 'done'>,
	lanes: readonly ThinLane[]
): Curve {
	const made = Math.max(0, ...lanes.map(({ errors }) => errors.length));
	const count = Math.min(made, LIMITS.points);
	const ends = Array.from({ length: count }, (_, i) => Math.round(((i + 1) * made) / count));
	return {
		run,
		setup,
		done,
		steps: ends,
		lanes: lanes.map(({ title, errors }) => ({
			title,
			errors: ends.map((end, i) => {
				const part = errors.slice(ends[i - 1] ?? 0, end).filter(Number.isFinite);
				return part.length ? rounded(mean(part as number[]) ?? 0) : null;
			})
		}))
	};
}

const rounded = (value: number) => Math.round(value * 1e4) / 1e4;

/** The error at a step, straight between points; null beyond the curve. */
function at({ steps }: Curve, errors: readonly (number | null)[], step: number): number | null {
	const next = bisectLeft(steps, step);
	if (next === steps.length) return null;
	const after = errors[next];
	if (next === 0 || steps[next] === step) return after;
	const before = errors[next - 1];
	if (before === null || after === null) return null;
	const share = (step - steps[next - 1]) / (steps[next] - steps[next - 1]);
	return before + share * (after - before);
}

/** Half of the class around the median at one step. */
export interface Spread {
	readonly step: number;
	readonly median: number;
	readonly low: number;
	readonly high: number;
	/** Number of runs that have come so far. */
	readonly runs: number;
}

/** Median and quartiles of one lane over many runs, at up to as many steps as a curve has points. */
export function spread(curves: readonly Curve[], lane: number): Spread[] {
	const last = Math.max(0, ...curves.map(({ steps }) => steps.at(-1) ?? 0));
	const count = Math.min(last, LIMITS.points);
	return Array.from({ length: count }, (_, i) => Math.round(((i + 1) * last) / count)).flatMap(
		(step) => {
			const errors = curves
				.flatMap((curve) => {
					const own = curve.lanes[lane];
					return (own && at(curve, own.errors, step)) ?? [];
				})
				.sort((a, b) => a - b);
			if (!errors.length) return [];
			const share = (p: number) => quantileSorted(errors, p) ?? NaN;
			return [
				{ step, median: share(0.5), low: share(0.25), high: share(0.75), runs: errors.length }
			];
		}
	);
}

/** Fewer runs have no outliers. */
const LEAST_RUNS = 5;
/** Tukey's fences: so many interquartile ranges beyond the quartiles. */
const FENCE = 1.5;
/** A class whose runs agree within so little has no outliers, 0…1. */
const LEAST_AWAY = 0.05;

/**
 * Runs of which a lane is far from the others, at the latest step that both it and half of the class have.
 * @param band the lane's `spread`
 */
export function outliers(
	curves: readonly Curve[],
	lane: number,
	band: readonly Spread[] = spread(curves, lane)
): string[] {
	const usual = band.filter(({ runs }) => runs >= Math.max(LEAST_RUNS, curves.length / 2));
	return curves.flatMap((curve) => {
		const errors = curve.lanes[lane]?.errors ?? [];
		const end = usual.findLast(({ step }) => step <= (curve.steps.at(-1) ?? 0));
		const own = end && at(curve, errors, end.step);
		if (!end || own === null || own === undefined) return [];
		const far = Math.max(LEAST_AWAY, FENCE * (end.high - end.low));
		return own > end.high + far || own < end.low - far ? [curve.run] : [];
	});
}
