/** The runs of a class as curves: thinned on a student's page, put together on the teacher's. */
import { errorAt, spread, thin, thinSteps, type Spread } from '$lib/lab/studies/seeds/spread';
import type { Curve } from './protocol';

interface ThinLane {
	readonly title: string;
	/** Training error at each step from the first, 0…1; null after the lane has stopped. */
	readonly errors: readonly (number | null)[];
}

/** Thins a run. */
export function thinned(
	{ run, setup, done }: Pick<Curve, 'run' | 'setup' | 'done'>,
	lanes: readonly ThinLane[]
): Curve {
	const steps = thinSteps(Math.max(0, ...lanes.map(({ errors }) => errors.length)));
	return {
		...{ run, setup, done, steps },
		lanes: lanes.map(({ title, errors }) => ({ title, errors: thin(errors, steps) }))
	};
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
		const own = end && errorAt(curve, errors, end.step);
		if (!end || own === null || own === undefined) return [];
		const far = Math.max(LEAST_AWAY, FENCE * (end.high - end.low));
		return own > end.high + far || own < end.low - far ? [curve.run] : [];
	});
}
