/** Compares what a reader has predicted with the run. */
import type { AnalysedNetwork } from '$lib/network';
import type { History } from '../record/history';
import {
	filled,
	NO_DIFFERENCE,
	PREDICTED_PARTS,
	type Prediction,
	type Seen
} from '../record/prediction';
import { FINDING_THRESHOLDS, FINDING_WINDOW } from './thresholds';

/** A drawn course of the training error, and the one of the run. */
export interface ComparedError {
	/** At the last predicted step, 0…1. */
	readonly expected: number;
	/** Mean of the last `FINDING_WINDOW` steps up to it; null if the network has stopped before. */
	readonly measured: number | null;
	/** Mean distance of the two curves over the steps that both have, 0…1. */
	readonly away: number;
}

/** A drawn profile of gradient norms, and the one of step 1. */
export interface ComparedProfile {
	/** The first layer's norm over the last layer's. */
	readonly expected: number;
	readonly measured: number;
	/** Mean distance over the layers whose norm has a logarithm, in powers of ten; null if none has. */
	readonly away: number | null;
}

/** Compares a network's drawn curve; null if there is none, or if the run has not come to its end. */
export function comparedError(
	{ steps, lanes }: Prediction,
	lane: number,
	history: History
): ComparedError | null {
	const { error } = lanes[lane];
	if (!error || !hasReached(history, steps)) return null;
	const drawn = filled(error);
	const stop = history.stop(lane, steps);
	const measuredAt = (step: number) =>
		history.recent(lane, 'trainingError', Math.min(step, FINDING_WINDOW), step);
	const distances: number[] = [];
	for (let part = 1; part <= PREDICTED_PARTS; part++) {
		const step = Math.max(1, Math.round((steps * part) / PREDICTED_PARTS));
		if (!stop || step < stop.step) distances.push(Math.abs(drawn[part] - measuredAt(step)));
	}
	return {
		expected: drawn[PREDICTED_PARTS],
		measured: stop ? null : measuredAt(steps),
		away: mean(distances)
	};
}

/** Compares a network's drawn profile; null if there is none, or before the first step. */
export function comparedProfile(
	{ lanes }: Prediction,
	lane: number,
	history: History,
	{ layers }: AnalysedNetwork
): ComparedProfile | null {
	const { gradient } = lanes[lane];
	const metrics = history.at(lane, 1)?.lanes[lane];
	if (!gradient || !metrics) return null;
	const drawn = filled(gradient);
	const norms = layers.map(({ kernel }) => metrics.gradientNorms[kernel]);
	const distances = norms.flatMap((norm, i) =>
		norm > 0 && norm < Infinity ? [Math.abs(Math.log10(norm) - drawn[i])] : []
	);
	return {
		expected: 10 ** (drawn[0] - drawn[drawn.length - 1]),
		measured: norms[0] / norms[norms.length - 1],
		away: distances.length ? mean(distances) : null
	};
}

/** Whether a run has come to the end of the drawn curves; it has if all its networks have stopped. */
export const hasReached = (history: History, steps: number): boolean =>
	history.step >= steps ||
	(history.lanes.length > 0 && history.lanes.every((_, lane) => history.stop(lane) !== null));

/** Which network has the lowest training error after some steps: one that is lower by `FINDING_THRESHOLDS.apart`, or none. */
export function lowestError(history: History, steps: number): Seen {
	const errors = history.lanes.map((_, lane) =>
		// A network that has stopped has no error any more, so another is lower.
		history.stop(lane, steps) ? 1 : history.recent(lane, 'trainingError', FINDING_WINDOW, steps)
	);
	const order = [...errors.keys()].sort((a, b) => errors[a] - errors[b]);
	const [best, next] = order;
	if (next === undefined) return best;
	return errors[next] - errors[best] < FINDING_THRESHOLDS.apart ? NO_DIFFERENCE : best;
}

const mean = (values: readonly number[]) =>
	values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
