/**
 * Finds what a run shows, with the numbers that show it: vanished, exploded and dead gradients, divergence,
 * degradation, rescues, changes made during training, and results of studies. A finding rests only on steps that were
 * made.
 */
import { entry } from '$lib/base/entry';
import { ascending, least, maxIndex, mean, median } from 'd3';
import type { AnalysedNetwork } from '$lib/network';
import { laneGates, type Experiment, type Lane } from '../experiment/experiment';
import { depthOf, laneKind } from '../experiment/laneNetwork';
import { PAIR_KINDS, type PairKind } from '../depths';
import type { History } from '../record/history';
import { asideOf, type Aside } from '../studies/lesion/record';
import { latestOf } from '../studies/study';
import { sameValues, sweepCells, type SweepRecord } from '../studies/sweep/record';
import type { SweepSetting } from '../studies/sweep/settings';
import { changeFindings, type ChangeFinding } from './changes';
import { intervalOf, type Interval } from './interval';
import { ENOUGH_STEPS, FINDING_THRESHOLDS, FINDING_WINDOW } from './thresholds';

export type { ChangeFinding } from './changes';
export * from './thresholds';

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
			/** If `largest` is not finite: the largest norm of the step before it, else null. */
			readonly peak: { readonly step: number; readonly norm: number } | null;
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
	| ({ readonly kind: 'shortcuts' } & Pair)
	/** Of two networks that differ in pre-training alone, `lane`, which has it, has the lower training error. */
	| ({ readonly kind: 'pretrained' } & Pair)
	/** Of two networks that differ in one remedy alone and both learn, `lane` has the lower training error. */
	| ({ readonly kind: 'remedy'; readonly by: Remedy } & Pair)
	/** The same network twice, of which `lane` starts one rounding away. */
	| {
			readonly kind: 'rounding';
			readonly lane: number;
			readonly other: number;
			/** The largest difference between their training errors so far, 0…1, and the step at which it was reached. */
			readonly apart: number;
			readonly at: number;
			readonly error: number;
			readonly otherError: number;
	  }
	/** Of networks of several families: the one with the lowest training error, and the others in order of theirs. */
	| ({
			readonly kind: 'lowest';
			/** The difference from the lowest that counts, 0…1. */
			readonly margin: number;
			/** Those nearer to it than that; and those that are not, at least one. */
			readonly near: readonly Ranked[];
			readonly above: readonly Ranked[];
			readonly seeds: Spread | null;
	  } & Ranked)
	/** Of two networks that differ only in remedies, `lane` learns and `other` does not. */
	| {
			readonly kind: 'rescued';
			readonly lane: number;
			readonly error: number;
			readonly other: number;
			/** The training error of `other`, or null if it has stopped. */
			readonly otherError: number | null;
			readonly by: readonly Remedy[];
	  }
	| ChangeFinding
	/** Test errors without each block in turn. */
	| {
			readonly kind: 'lesion';
			readonly lane: number;
			readonly whole: number;
			readonly median: number;
			readonly least: number;
			readonly most: number;
			readonly blocks: number;
			readonly images: number;
	  }
	/** Blocks that the network has put aside by its learned scales, as the lesion study found them. */
	| ({ readonly kind: 'ignored'; readonly lane: number } & Aside)
	/** Loss landscape: the losses at the weights themselves, and the medians over a plane around them. */
	| {
			readonly kind: 'landscape';
			readonly lane: number;
			readonly centre: number;
			readonly median: number;
			readonly points: number;
	  };

/** The order of findings: first what somebody did or asked for, then differences between networks, then what happened in one. */
const WEIGHTIEST_FIRST: Readonly<Record<Finding['kind'], number>> = {
	change: 0,
	ignored: 1,
	lesion: 2,
	landscape: 3,
	rescued: 4,
	pretrained: 5,
	diverged: 6,
	exploded: 7,
	rounding: 8,
	degradation: 9,
	shortcuts: 10,
	remedy: 11,
	lowest: 12,
	vanished: 13,
	dead: 14
};

/** The options that can rescue a network whose gradients vanish, explode or die. */
const REMEDIES = ['activation', 'norm', 'initialisation'] as const;
export type Remedy = (typeof REMEDIES)[number];

/** Two compared networks with their training errors, as means over the seeds. */
interface Pair {
	readonly lane: number;
	readonly error: number;
	readonly other: number;
	readonly otherError: number;
	/** With several seeds, by how much the errors differ between the two; null with one seed. */
	readonly seeds: (Interval & { readonly count: number }) | null;
}

/** A network with its training error, as a mean over the seeds, and its number of parameters. */
interface Ranked {
	readonly lane: number;
	readonly error: number;
	readonly parameters: number;
}

/** What several seeds show. With only one seed there is no `Spread`, and the margin is `FINDING_THRESHOLDS.apart`. */
interface Spread {
	readonly count: number;
	/** The largest difference between two seeds of the same network, 0…1. */
	readonly spread: number;
}

/**
 * @param step last step of the run to consider
 */
export function findingsOf(
	history: History,
	networks: readonly AnalysedNetwork[],
	experiment: Experiment,
	step = Infinity
): Finding[] {
	const alone = networks.flatMap((network, lane) => ofLane(history, network, lane, step));
	const inTrouble = (kinds: readonly Finding['kind'][]) =>
		new Set(alone.flatMap(({ kind, lane }) => (kinds.includes(kind) ? [lane] : [])));
	const broken = inTrouble(['diverged', 'exploded']);
	const ill = inTrouble(['diverged', 'exploded', 'vanished', 'dead']);
	const pairs = networks.flatMap((_, lane) =>
		networks.flatMap((_, other): Finding[] => {
			const rescued =
				ill.has(other) && !ill.has(lane)
					? rescueOf(history, networks, experiment.lanes, lane, other, step)
					: null;
			const compared =
				rescued || broken.has(lane) || broken.has(other)
					? null
					: ofPair(history, experiment.lanes, lane, other, step);
			return [rescued, compared].filter((found) => found !== null);
		})
	);
	const sound = networks.flatMap((_, lane) => (broken.has(lane) ? [] : [lane]));
	const found = [
		...alone,
		...changeFindings(history, experiment, step),
		...pairs,
		...lowestOf(history, networks, experiment.lanes, sound, step),
		...networks.flatMap((_, lane) => ofStudies(history, lane, step))
	];
	return found.sort((a, b) => WEIGHTIEST_FIRST[a.kind] - WEIGHTIEST_FIRST[b.kind]);
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

	// The latest step decides: a lane makes no step after one that is not finite.
	const worst = latest.findIndex((norm) => !(norm < FINDING_THRESHOLDS.exploded));
	if (worst >= 0) {
		const lost = latest.findIndex((norm) => !Number.isFinite(norm));
		const column = lost >= 0 ? lost : maxIndex(latest);
		const before = history.at(lane, last.step - 1);
		const norms = before?.lanes[lane]?.gradientNorms;
		const peak =
			lost >= 0 && before && norms
				? {
						step: before.step,
						norm: Math.max(...network.layers.map(({ kernel }) => norms[kernel]))
					}
				: null;
		found.push({ kind: 'exploded', lane, largest: latest[column], column, peak });
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
	step: number
): Finding | null {
	const [a, b] = [lanes[lane].network, lanes[other].network];
	const differ = differences(lanes[lane], lanes[other]);
	if (differ.length !== 1) return null;
	const errors = errorsOf(history, lanes, [lane, other], step);
	if (!errors) return null;
	if (differ[0] === 'rounding')
		return lanes[lane].rounding ? roundingOf(history, lane, other, step) : null;
	const [error, otherError] = errors.map((own) => mean(own) ?? NaN);
	const count = errors[0].length;
	const [less, more] = error < otherError ? errors : errors.toReversed();
	const seeds =
		count > 1 ? { count, ...intervalOf(more.map((value, seed) => value - less[seed])) } : null;
	// Seeds that differ have a wide interval, and it lies above 0 only where the difference is larger than that.
	if (seeds && !(seeds.low > 0)) return null;
	const margin = seeds ? 0 : FINDING_THRESHOLDS.apart;
	const pair = { lane, error, other, otherError, seeds };
	const by = REMEDIES.find((remedy) => remedy === differ[0]);
	if (by && otherError - error > margin) return { kind: 'remedy', by, ...pair };
	if (differ[0] === 'depth' && depthOf(a) > depthOf(b) && error - otherError > margin)
		return { kind: 'degradation', ...pair };
	if (differ[0] === 'pretraining' && !lanes[other].pretraining && otherError - error > margin)
		return { kind: 'pretrained', ...pair };
	if (
		differ[0] === 'shortcut' &&
		laneKind(a) !== 'none' &&
		laneKind(b) === 'none' &&
		otherError - error > margin
	)
		return { kind: 'shortcuts', ...pair };
	return null;
}

function roundingOf(history: History, lane: number, other: number, step: number): Finding {
	const differences = history.steps.flatMap(({ step: at, lanes }) => {
		const [own, others] = [lanes[lane], lanes[other]];
		return at <= step && own && others
			? [{ at, by: own.trainingError - others.trainingError }]
			: [];
	});
	let sum = 0;
	const apart = differences.map(({ by }, i) => {
		sum += by - (differences[i - FINDING_WINDOW]?.by ?? 0);
		return i + 1 < FINDING_WINDOW ? 0 : Math.abs(sum) / FINDING_WINDOW;
	});
	const most = maxIndex(apart);
	const [error, otherError] = [lane, other].map((of) =>
		history.recent(of, 'trainingError', FINDING_WINDOW, step)
	);
	const { at } = differences[most];
	return { kind: 'rounding', lane, other, apart: apart[most], at, error, otherError };
}

/**
 * The training errors of networks at a step, for each network one per seed with which all of them were trained to it;
 * null if they cannot be compared: too few steps, one has stopped, or one is no longer whole.
 */
function errorsOf(
	history: History,
	lanes: readonly Lane[],
	which: readonly number[],
	step: number
): (readonly number[])[] | null {
	const last = Math.min(history.step, step);
	if (last < ENOUGH_STEPS || !areWhole(history, lanes, which, step)) return null;
	const steady = !history.events.some(
		(event) => event.kind === 'learning-rate' && event.step < last
	);
	// A lane that has stopped has no error at this step.
	if (which.some((lane) => history.at(lane, last)?.step !== last)) return null;
	const others = steady
		? history.results.seeds
				.filter((found) => found.step === last)
				.map(({ lanes }) => which.map((lane) => lanes[lane].trainingError))
		: [];
	const finite = others.filter((errors): errors is number[] => !errors.includes(null));
	return which.map((lane, i) => [
		history.recent(lane, 'trainingError', FINDING_WINDOW, last),
		...finite.map((errors) => errors[i])
	]);
}

/** @param sound the networks to rank */
function lowestOf(
	history: History,
	networks: readonly AnalysedNetwork[],
	lanes: readonly Lane[],
	sound: readonly number[],
	step: number
): Finding[] {
	const families = new Set(sound.map((lane) => lanes[lane].network.family));
	const errors = families.size > 1 ? errorsOf(history, lanes, sound, step) : null;
	if (!errors) return [];
	const count = errors[0].length;
	const seeds = count > 1 ? { count, spread: spreadOf(errors) } : null;
	const [lowest, ...rest] = sound
		.map((lane, i): Ranked => {
			const { parameterCount: parameters } = networks[lane];
			return { lane, error: mean(errors[i]) ?? NaN, parameters };
		})
		.sort((a, b) => ascending(a.error, b.error));
	const margin = marginOf(seeds);
	const isNear = ({ error }: Ranked) => error - lowest.error <= margin;
	const [near, above] = [rest.filter(isNear), rest.filter((ranked) => !isNear(ranked))];
	return above.length ? [{ kind: 'lowest', ...lowest, margin, near, above, seeds }] : [];
}

/** The names of the options in which two lanes' networks differ, and `pretraining` and `rounding` if they differ in that. */
function differences(...lanes: readonly [Lane, Lane]): string[] {
	const [own, other] = lanes.map(
		({
			network,
			pretraining: { kind, steps } = {},
			rounding
		}): Readonly<Record<string, unknown>> => ({
			...network,
			pretraining: kind && `${kind} ${steps}`,
			rounding
		})
	);
	return Object.keys({ ...own, ...other }).filter((option) => own[option] !== other[option]);
}

/** Whether both networks are unchanged: one with a cut shortcut, a gate or changed weights no longer stands for its kind. */
function areWhole(
	history: History,
	lanes: readonly Lane[],
	which: readonly number[],
	step: number
): boolean {
	return which.every((lane) => {
		const gates = history.gatesAt(lane, laneGates(lanes[lane]), step);
		return gates.every((gate) => gate === 1) && history.untouched(lane, step);
	});
}

/** @param other the network that does not learn; a finding says why, and `lane` has no such finding */
function rescueOf(
	history: History,
	networks: readonly AnalysedNetwork[],
	lanes: readonly Lane[],
	lane: number,
	other: number,
	step: number
): Finding | null {
	const differ = differences(lanes[lane], lanes[other]);
	const by = REMEDIES.filter((remedy) => differ.includes(remedy));
	const last = history.at(lane, step)?.step ?? 0;
	if (!by.length || by.length < differ.length || last < ENOUGH_STEPS) return null;
	if (!areWhole(history, lanes, [lane, other], step)) return null;
	const [error, otherError] = [lane, other].map((i) =>
		history.recent(i, 'trainingError', FINDING_WINDOW, step)
	);
	const stopped = history.at(other, step)?.step !== last;
	const guessing = 1 - 1 / networks[lane].network.classes;
	const limit = stopped ? guessing : Math.min(guessing, otherError);
	if (!(error < limit - FINDING_THRESHOLDS.apart)) return null;
	return { kind: 'rescued', lane, error, other, otherError: stopped ? null : otherError, by };
}

/** Findings of the studies made on a lane: of each study the latest result up to the step. */
function ofStudies({ results }: History, lane: number, step: number): Finding[] {
	const lesion = latestOf(results.lesion, lane, step);
	const landscape = latestOf(results.landscape, lane, step);
	const found: Finding[] = [];
	const without = lesion?.without.filter((error) => error !== null) ?? [];
	const ignored = lesion && asideOf(lesion);
	if (ignored?.aside) found.push({ kind: 'ignored', lane, ...ignored });
	if (lesion && without.length)
		found.push({
			kind: 'lesion',
			lane,
			whole: lesion.whole,
			median: median(without) ?? NaN,
			least: Math.min(...without),
			most: Math.max(...without),
			blocks: without.length,
			images: lesion.images
		});
	if (landscape)
		found.push({
			kind: 'landscape',
			lane,
			centre: landscape.losses[(landscape.losses.length - 1) / 2],
			median: median(landscape.losses) ?? NaN,
			points: landscape.losses.length
		});
	return found;
}

/** The largest difference between two seeds of the same network. @param errors for each network, one error per seed */
function spreadOf(errors: readonly (readonly number[])[]): number {
	return Math.max(...errors.map((own) => Math.max(...own) - Math.min(...own)));
}

/** The difference that counts. Never below the noise of batches, because two seeds may agree by chance. */
function marginOf(seeds: Spread | null): number {
	return Math.max(seeds?.spread ?? 0, FINDING_THRESHOLDS.apart);
}

/** What a depth sweep shows about one kind of network. */
export interface SweepFinding {
	readonly kind: PairKind;
	/** The value of the sweep's other setting; null if it has none. */
	readonly at: { readonly setting: SweepSetting; readonly value: number } | null;
	/** Whether depth raises the training error by more than the spread of the seeds. */
	readonly degradation: boolean;
	/** The deepest network trained, and the shallower one with the lowest training error. */
	readonly depth: number;
	readonly error: number;
	readonly other: number;
	readonly otherError: number;
	readonly seeds: Spread | null;
}

/**
 * For every kind, compares the deepest networks with the best shallower ones, over the seeds that both were trained
 * with; of a sweep over depth and another setting, at each of its values. There is no finding with fewer than two depths.
 */
export function sweepFindings({ spec: { axes }, points }: SweepRecord): SweepFinding[] {
	const along = axes.findIndex(({ setting }) => setting === 'depth');
	if (along < 0) return [];
	const other = axes.find(({ setting }) => setting !== 'depth');
	const places = other
		? [...other.values].sort((a, b) => a - b).map((value) => ({ setting: other.setting, value }))
		: [null];
	return PAIR_KINDS.flatMap((kind) =>
		places.flatMap((at) => {
			const cells = sweepCells(axes, points, kind, 'trainingError').filter(
				({ values, seeds }) => seeds && (!at || values[1 - along] === at.value)
			);
			const deepest = cells.at(-1);
			const best = least(cells.slice(0, -1), (cell) => cell.mean);
			if (!deepest || !best) return [];
			const [deep, shallow] = [deepest, best].map(
				({ values }) =>
					new Map(
						points.flatMap((p) =>
							p.kind === kind && sameValues(p.values, values) && p.trainingError !== null
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
			const depths = { depth: deepest.values[along], other: best.values[along] };
			const degradation = error - otherError > marginOf(seeds);
			return [{ kind, at, degradation, ...depths, error, otherError, seeds }];
		})
	);
}
