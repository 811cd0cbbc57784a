/** Predicts how long steps take on a machine from steps timed there. */
import { median } from 'd3';
import { analyse } from '$lib/network';
import type { Experiment } from './experiment';
import { networkFor, isCifar, type LaneNetwork } from './laneNetwork';
import { sweepExperiment } from './sweep';
import { runsLeft, type SweepPoint, type SweepSpec } from '../studies/sweep/record';
import { PRESETS } from './presets';
import { pretrainingStages } from './pretraining';

/** A timed step: its cost by `stepWork`, and its time. */
export interface Pace {
	readonly work: number;
	readonly milliseconds: number;
}

/** The multiply-accumulates of a 3×3 convolution from one channel to one on a halved image. */
const UNIT = 9 * 16 * 16;

/** In convolutions of one channel on the first stage's map. */
const layersWork = (network: LaneNetwork): number =>
	isCifar(network)
		? (network.depth - 1) * network.width ** 2
		: analyse(networkFor(network, [16, 16, 1])).macs / UNIT;

/** The pace of the machine that made the shipped recordings: two CPU cores, wasm. */
export const REFERENCE_PACE: Pace = { work: stepWork(PRESETS.degradation(20)), milliseconds: 34 };

/** A run's pace is the median over this many latest steps: the first steps may compile kernels. */
const RECENT = 10;

/**
 * The relative cost of one training step of an experiment, for comparison with others. Layers of the CIFAR family cost about
 * the same (each stage halves the image and doubles the channels), in proportion to pixels and to the square of the width;
 * other families cost in proportion to their multiply-accumulates.
 */
export function stepWork({ lanes, ...on }: Trained): number {
	return lanes.reduce((sum, { network }) => sum + layersWork(network), 0) * imagesWork(on);
}

type Trained = Pick<Experiment, 'lanes' | 'data' | 'recipe'>;
function imagesWork({ data, recipe }: Omit<Trained, 'lanes'>): number {
	return recipe.batch * (data.halve ? 1 : 4);
}

/** The cost of all pre-training, in the unit of `stepWork`. */
function pretrainingWork({ lanes, ...on }: Trained): number {
	const steps = lanes.flatMap(({ network, pretraining }) =>
		pretraining
			? pretrainingStages(network, pretraining, [16, 16, 1]).map(
					(stage) => (pretraining.steps * stage.network.macs) / UNIT
				)
			: []
	);
	return steps.reduce((sum, own) => sum + own, 0) * imagesWork(on);
}

/** The pace of a run, or null before its first step. */
export function paceOf(
	experiment: Experiment,
	steps: readonly { readonly milliseconds: number }[]
): Pace | null {
	const milliseconds = median(steps.slice(-RECENT), (step) => step.milliseconds);
	return milliseconds === undefined ? null : { work: stepWork(experiment), milliseconds };
}

/**
 * Milliseconds that a number of steps of an experiment take.
 * @param pace this machine's pace; null before it is measured, for that of the machine that made the recordings
 */
export const timeFor = (steps: number, experiment: Trained, pace: Pace | null): number =>
	timeOf(steps * stepWork(experiment), pace);

/** Milliseconds until a step of a new run, with its pre-training; see `timeFor`. */
export const timeUntil = (step: number, experiment: Trained, pace: Pace | null): number =>
	timeOf(step * stepWork(experiment) + pretrainingWork(experiment), pace);

function timeOf(total: number, pace: Pace | null): number {
	const { work, milliseconds } = pace ?? REFERENCE_PACE;
	return (total * milliseconds) / work;
}

/** Milliseconds that the rest of a job takes at its own rate so far, or null before any of it is done. */
export function timeForRest(
	{ done, of }: { readonly done: number; readonly of: number },
	elapsed: number
): number | null {
	return done ? (elapsed / done) * (of - done) : null;
}

/**
 * Milliseconds that the rest of a sweep takes: at the pace of its latest run, or before that at another pace measured
 * here; null without either.
 * @param made steps done in the current run
 */
export function timeForSweep(
	spec: SweepSpec,
	points: readonly SweepPoint[],
	made: number,
	here: Pace | null
): number | null {
	const latest = points.at(-1);
	const pace = latest
		? { work: stepWork(sweepExperiment(spec, latest)), milliseconds: latest.milliseconds }
		: here;
	if (!pace) return null;
	return runsLeft(spec, points).reduce(
		(sum, run, i) => sum + timeFor(spec.steps - (i ? 0 : made), sweepExperiment(spec, run), pace),
		0
	);
}
