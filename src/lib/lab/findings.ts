/**
 * What a run shows, told from its numbers and with them: vanished, exploded and dead gradients, divergence, degradation.
 * Every threshold is here and is said on the page; nothing is claimed that a step has not shown.
 */
import { maxIndex, mean, median } from 'd3';
import type { AnalysedNetwork } from '$lib/network';
import { laneGates, type Experiment, type Lane } from './experiment';
import type { History } from './history';

export const FINDING_THRESHOLDS = {
	/** First layer's gradient norm over the largest of all layers. */
	vanished: 1e-5,
	/** Gradient norm of any layer; a healthy network's lie between 0.01 and 10. */
	exploded: 1e4,
	/** Share of the layers whose gradient is exactly 0. */
	dead: 0.5,
	/** Loss over the loss of the first steps. */
	diverged: 2,
	/**
	 * Difference of two training errors. The mean of `FINDING_WINDOW` batches of 64 has a standard deviation of about 0.01, that
	 * of a difference 0.014: three times that.
	 */
	apart: 0.04
} as const;

/** Steps that errors and losses are the mean of, and norms the median. */
export const FINDING_WINDOW = 20;
/** Before, a comparison of training errors says nothing. */
const ENOUGH = 40;

export type Finding =
	| {
			readonly kind: 'vanished';
			readonly lane: number;
			readonly first: number;
			readonly largest: number;
	  }
	| {
			readonly kind: 'exploded';
			readonly lane: number;
			readonly largest: number;
			/** 0-based column of the layer. */
			readonly column: number;
	  }
	| {
			readonly kind: 'dead';
			readonly lane: number;
			readonly layers: number;
			readonly of: number;
	  }
	| {
			readonly kind: 'diverged';
			readonly lane: number;
			readonly loss: number;
			readonly start: number;
	  }
	/** The deeper of two networks that differ in depth alone has the higher training error. */
	| ({ readonly kind: 'degradation' } & Pair)
	/** Of two networks that differ in their shortcuts alone, `lane` has the lower training error. */
	| ({ readonly kind: 'shortcuts' } & Pair);

interface Pair {
	readonly lane: number;
	readonly error: number;
	readonly other: number;
	readonly otherError: number;
}

/** @param step up to which the run is looked at */
export function findingsOf(
	history: History,
	networks: readonly AnalysedNetwork[],
	experiment: Experiment,
	step = Infinity
): Finding[] {
	const alone = networks.flatMap((network, lane) => ofLane(history, network, lane, step));
	const broken = new Set(
		alone.flatMap(({ kind, lane }) => (kind === 'diverged' || kind === 'exploded' ? [lane] : []))
	);
	const sound = networks.map((_, lane) => lane).filter((lane) => !broken.has(lane));
	const pairs = sound.flatMap((lane) =>
		sound.flatMap((other) => {
			const found = ofPair(history, experiment.lanes, lane, other, step);
			return found ? [found] : [];
		})
	);
	return [...alone, ...pairs];
}

function ofLane(
	history: History,
	network: AnalysedNetwork,
	lane: number,
	until: number
): Finding[] {
	const last = history.at(lane, until);
	if (!last) return [];
	const end = history.steps.lastIndexOf(last) + 1;
	const told = (from: number, to: number) =>
		history.steps.slice(Math.max(0, from), to).flatMap(({ lanes }) => lanes[lane] ?? []);
	const recent = told(end - FINDING_WINDOW, end);
	const norms = network.layers.map(
		({ kernel }) => median(recent, ({ gradientNorms }) => gradientNorms[kernel]) ?? NaN
	);
	const latest = network.layers.map(({ kernel }) => recent.at(-1)!.gradientNorms[kernel]);
	const found: Finding[] = [];

	// The latest step counts: after a step that is not finite there is none.
	const worst = latest.findIndex((norm) => !(norm < FINDING_THRESHOLDS.exploded));
	if (worst >= 0) {
		const lost = latest.findIndex((norm) => !Number.isFinite(norm));
		const column = lost >= 0 ? lost : maxIndex(latest);
		found.push({ kind: 'exploded', lane, largest: latest[column], column });
	}
	const dead = norms.filter((norm) => norm === 0).length;
	if (dead >= FINDING_THRESHOLDS.dead * norms.length)
		found.push({ kind: 'dead', lane, layers: dead, of: norms.length });
	else {
		const largest = Math.max(...norms);
		if (worst < 0 && norms[0] < FINDING_THRESHOLDS.vanished * largest)
			found.push({ kind: 'vanished', lane, first: norms[0], largest });
	}

	const start = mean(told(0, 3), (metrics) => metrics.loss)!;
	const loss = mean(recent.slice(-5), (metrics) => metrics.loss)!;
	if (end > 5 && !(loss < FINDING_THRESHOLDS.diverged * start))
		found.push({ kind: 'diverged', lane, loss, start });
	return found;
}

function ofPair(
	history: History,
	lanes: readonly Lane[],
	lane: number,
	other: number,
	step: number
): Finding | null {
	const [a, b] = [lanes[lane].network, lanes[other].network];
	const differ = (Object.keys({ ...a, ...b }) as (keyof typeof a)[]).filter((k) => a[k] !== b[k]);
	// What was cut or gated is no network of its kind any more.
	const whole = [lane, other].every((i) => {
		return history.gatesAt(i, laneGates(lanes[i]), step).every((gate) => gate === 1);
	});
	const last = Math.min(history.step, step);
	if (differ.length !== 1 || !whole || last < ENOUGH) return null;
	// A lane that has stopped has no error of this step.
	if ([lane, other].some((i) => history.at(i, step)?.step !== last)) return null;
	const error = history.recent(lane, 'trainingError', FINDING_WINDOW, step);
	const otherError = history.recent(other, 'trainingError', FINDING_WINDOW, step);
	const pair = { lane, error, other, otherError };
	if (differ[0] === 'depth' && a.depth > b.depth && error - otherError > FINDING_THRESHOLDS.apart)
		return { kind: 'degradation', ...pair };
	if (
		differ[0] === 'shortcut' &&
		a.shortcut !== 'none' &&
		b.shortcut === 'none' &&
		otherError - error > FINDING_THRESHOLDS.apart
	)
		return { kind: 'shortcuts', ...pair };
	return null;
}
