/**
 * What a run shows, told from its numbers and with them: vanished, exploded and dead gradients, divergence, degradation.
 * Every threshold is here and is said on the page; nothing is claimed that a step has not shown.
 */
import { entry } from '$lib/base/entry';
import { least, maxIndex, mean, median } from 'd3';
import type { AnalysedNetwork } from '$lib/network';
import { laneGates, type Experiment, type Lane } from '../experiment/experiment';
import { PAIR_KINDS, type PairKind } from '../depths';
import type { History } from '../record/history';
import type { SeedRun } from './seeds';
import { errorsByDepth, type SweepPoint } from '../studies/sweep/record';

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
export const ENOUGH_STEPS = 40;

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

/** Errors are means over the seeds. */
interface Pair {
	readonly lane: number;
	readonly error: number;
	readonly other: number;
	readonly otherError: number;
	readonly seeds: Spread | null;
}

/** Several seeds; null stands for one alone, whose margin is `FINDING_THRESHOLDS.apart`. */
interface Spread {
	readonly count: number;
	/** The most that two seeds of one of the networks differ by, 0…1. */
	readonly spread: number;
}

/**
 * @param step up to which the run is looked at
 * @param others the same experiment with other seeds
 */
export function findingsOf(
	history: History,
	networks: readonly AnalysedNetwork[],
	experiment: Experiment,
	step = Infinity,
	others: readonly SeedRun[] = []
): Finding[] {
	const alone = networks.flatMap((network, lane) => ofLane(history, network, lane, step));
	const broken = new Set(
		alone.flatMap(({ kind, lane }) => (kind === 'diverged' || kind === 'exploded' ? [lane] : []))
	);
	const sound = networks.map((_, lane) => lane).filter((lane) => !broken.has(lane));
	const pairs = sound.flatMap((lane) =>
		sound.flatMap((other) => {
			const found = ofPair(history, experiment.lanes, lane, other, step, others);
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
	const latest = network.layers.map(
		({ kernel }) => recent[recent.length - 1].gradientNorms[kernel]
	);
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

	const start = mean(told(0, 3), (metrics) => metrics.loss) ?? NaN;
	const loss = mean(recent.slice(-5), (metrics) => metrics.loss) ?? NaN;
	if (end > 5 && !(loss < FINDING_THRESHOLDS.diverged * start))
		found.push({ kind: 'diverged', lane, loss, start });
	return found;
}

function ofPair(
	history: History,
	lanes: readonly Lane[],
	lane: number,
	other: number,
	step: number,
	others: readonly SeedRun[]
): Finding | null {
	const [a, b] = [lanes[lane].network, lanes[other].network];
	const differ = (Object.keys({ ...a, ...b }) as (keyof typeof a)[]).filter((k) => a[k] !== b[k]);
	// What was cut, gated or operated on is no network of its kind any more.
	const whole = [lane, other].every((i) => {
		const gates = history.gatesAt(i, laneGates(lanes[i]), step);
		return gates.every((gate) => gate === 1) && history.untouched(i, step);
	});
	const last = Math.min(history.step, step);
	if (differ.length !== 1 || !whole || last < ENOUGH_STEPS) return null;
	const steady = !history.events.some(
		(event) => event.kind === 'learning-rate' && event.step < last
	);
	const seeds = [history, ...(steady ? others.map((run) => run.history) : [])].filter((run) =>
		[lane, other].every((i) => run.at(i, last)?.step === last)
	);
	// A lane that has stopped has no error of this step.
	if (seeds[0] !== history) return null;
	const errors = [lane, other].map((i) =>
		seeds.map((run) => run.recent(i, 'trainingError', FINDING_WINDOW, last))
	);
	const [error, otherError] = errors.map((own) => mean(own) ?? NaN);
	const several = seeds.length > 1 ? { count: seeds.length, spread: spreadOf(errors) } : null;
	const margin = marginOf(several);
	const pair = { lane, error, other, otherError, seeds: several };
	if (differ[0] === 'depth' && a.depth > b.depth && error - otherError > margin)
		return { kind: 'degradation', ...pair };
	if (
		differ[0] === 'shortcut' &&
		a.shortcut !== 'none' &&
		b.shortcut === 'none' &&
		otherError - error > margin
	)
		return { kind: 'shortcuts', ...pair };
	return null;
}

/** The most that two seeds of one network differ by. @param errors of each network, by seed */
function spreadOf(errors: readonly (readonly number[])[]): number {
	return Math.max(...errors.map((own) => Math.max(...own) - Math.min(...own)));
}

/** Two seeds may agree by chance: what batches alone make differ counts for nothing all the same. */
function marginOf(seeds: Spread | null): number {
	return Math.max(seeds?.spread ?? 0, FINDING_THRESHOLDS.apart);
}

/** What a depth sweep shows of one kind of network. */
export interface SweepFinding {
	readonly kind: PairKind;
	/** Whether depth raises the training error by more than the seeds' spread. */
	readonly degradation: boolean;
	/** The deepest that has been trained, and the shallower one with the lowest training error. */
	readonly depth: number;
	readonly error: number;
	readonly other: number;
	readonly otherError: number;
	readonly seeds: Spread | null;
}

/**
 * Of every kind the deepest networks beside the best shallower ones, over the seeds that both were trained with; none
 * before there are two depths.
 */
export function sweepFindings(points: readonly SweepPoint[]): SweepFinding[] {
	return PAIR_KINDS.flatMap((kind) => {
		const depths = errorsByDepth(points, kind, 'trainingError');
		const deepest = depths.at(-1);
		const best = least(depths.slice(0, -1), (point) => point.mean);
		if (!deepest || !best) return [];
		const [deep, shallow] = [deepest, best].map(
			({ depth }) =>
				new Map(
					points.flatMap((p) =>
						p.kind === kind && p.depth === depth && p.trainingError !== null
							? [[p.seed, p.trainingError] as const]
							: []
					)
				)
		);
		const common = [...deep.keys()].filter((seed) => shallow.has(seed));
		if (!common.length) return [];
		const errors = [deep, shallow].map((own) => common.map((seed) => entry(own, seed)));
		const [error, otherError] = errors.map((own) => mean(own) ?? NaN);
		const count = common.length;
		const seeds = count > 1 ? { count, spread: spreadOf(errors) } : null;
		return [
			{
				kind,
				degradation: error - otherError > marginOf(seeds),
				...{ depth: deepest.depth, error, other: best.depth, otherError, seeds }
			}
		];
	});
}
