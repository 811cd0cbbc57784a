/** How long steps take on a machine, from steps that were timed there; and which depth that lets a class train. */
import { median } from 'd3';
import type { Experiment } from './experiment';
import { runsLeft, type SweepPoint, type SweepSpec } from '../studies/sweep/record';
import { PRESETS } from './presets';

/** A step that was timed, and what it cost. */
export interface Pace {
	readonly work: number;
	readonly milliseconds: number;
}

/** Of the machine that made the shipped recordings: two CPU cores, wasm. */
export const REFERENCE_PACE: Pace = { work: stepWork(PRESETS.degradation(20)), milliseconds: 34 };

/** Steps of a run that its pace is the median of: the first ones may compile kernels. */
const RECENT = 10;

/**
 * What a step of an experiment costs beside that of others. Layers of the CIFAR family cost about the same (each stage
 * halves the image and doubles the channels), in proportion to pixels and to the square of the width.
 */
export function stepWork({
	lanes,
	data,
	recipe
}: Pick<Experiment, 'lanes' | 'data' | 'recipe'>): number {
	const layers = lanes.reduce(
		(sum, { network: { depth, width } }) => sum + (depth - 1) * width ** 2,
		0
	);
	return layers * recipe.batch * (data.halve ? 1 : 4);
}

/** The pace of a run; null before its first step. */
export function paceOf(
	experiment: Experiment,
	steps: readonly { readonly milliseconds: number }[]
): Pace | null {
	const milliseconds = median(steps.slice(-RECENT), (step) => step.milliseconds);
	return milliseconds === undefined ? null : { work: stepWork(experiment), milliseconds };
}

/** Milliseconds that so many steps of an experiment take at a pace. */
export function timeFor(
	steps: number,
	experiment: Pick<Experiment, 'lanes' | 'data' | 'recipe'>,
	{ work, milliseconds }: Pace
): number {
	return (steps * milliseconds * stepWork(experiment)) / work;
}

/** Milliseconds that the rest of a job takes if it goes on as it has so far; null before any of it is done. */
export function timeForRest(
	{ done, of }: { readonly done: number; readonly of: number },
	elapsed: number
): number | null {
	return done ? (elapsed / done) * (of - done) : null;
}

/**
 * Milliseconds that the rest of a depth sweep takes at the pace of the latest run, or before it at another pace measured here; null
 * where there is none.
 * @param made steps of the run under way
 */
export function timeForSweep(
	spec: SweepSpec,
	points: readonly SweepPoint[],
	made: number,
	here: Pace | null
): number | null {
	const latest = points.at(-1);
	const pace = latest
		? { work: stepWork(PRESETS.degradation(latest.depth)), milliseconds: latest.milliseconds }
		: here;
	if (!pace) return null;
	return runsLeft(spec, points).reduce(
		(sum, { depth }, i) =>
			sum + timeFor(spec.steps - (i ? 0 : made), PRESETS.degradation(depth), pace),
		0
	);
}

/** The depths offered by default, deepest first: the effect grows with depth. */
const CLASS_DEPTHS = [56, 32, 20] as const;
type ClassDepth = (typeof CLASS_DEPTHS)[number];

/** Steps after which the degradation effect can be seen, and how long a class should wait for them. */
const STEPS_TO_SEE = 50;
const PATIENCE_SECONDS = 60;

export interface DepthChoice {
	readonly depth: ClassDepth;
	readonly pace: Pace;
}

/**
 * The deepest of `CLASS_DEPTHS` that shows the effect within `PATIENCE_SECONDS`; the shallowest when
 * none does.
 * @param pace of plain-8 and residual-8 together
 * @param batch images of a step
 */
export function chooseDepth(pace: Pace, batch: number): DepthChoice {
	const fits = CLASS_DEPTHS.find((depth) => {
		const { recipe, ...pair } = PRESETS.degradation(depth);
		const time = timeFor(STEPS_TO_SEE, { ...pair, recipe: { ...recipe, batch } }, pace);
		return time <= PATIENCE_SECONDS * 1000;
	});
	return { depth: fits ?? CLASS_DEPTHS[CLASS_DEPTHS.length - 1], pace };
}
