/**
 * The axes on which readers draw a lesson's experiments on paper, and the lines that the recorded run drew on them.
 * Positions are shares of an axis, 0…1.
 */
import {
	PAIR_KINDS,
	PREDICTED_NORMS,
	probeValues,
	START_DEPTHS,
	type Experiment,
	type StartProfile
} from '$lib/lab';
import type { AnalysedNetwork } from '$lib/network';
import { m } from '$lib/paraglide/messages';
import { SMOOTHING, smooth } from '$lib/view/charts/curves';
import { normPosition, normTicks } from '$lib/view/charts/normColour';
import { TRAINING_ERROR } from '$lib/view/lab/metrics';
import { laneNames, pairNames } from '$lib/view/words/experiment';
import { classifyNorm, formatCount, formatPercentTick, powerOfTen } from '$lib/view/words/format';
import type { Figure } from '../lesson';
import { ofLesions, type Outcome, type OutcomeRun } from '../outcome';

interface Tick {
	readonly at: number;
	readonly text: string;
}
type Point = readonly [x: number, y: number];

export interface PaperAxes {
	readonly title: string;
	/** What the x axis counts. */
	readonly xName: string;
	readonly x: readonly Tick[];
	readonly y: readonly Tick[];
	/** What the reader draws a line for, in the order of the line styles. */
	readonly names: readonly string[];
	/** The lines of a run, one for each name, without the values that have no place on the axes. */
	readonly measured: (run: OutcomeRun) => readonly (readonly Point[])[];
}

/** Dash patterns that tell lines apart in black and white, as in SVG's stroke-dasharray; in order, and again from the first. */
const DASHES = ['none', '9 5', '2 4', '12 4 2 4'];
export const dashOf = (line: number): string => DASHES[line % DASHES.length];

const SHARES: readonly Tick[] = [0, 0.25, 0.5, 0.75, 1].map((at) => ({
	at,
	text: formatPercentTick(at)
}));
/** Most labels on an axis of blocks. */
const MOST_BLOCKS = 12;
/** Most labels on a logarithmic axis. */
const POWERS = 9;

const powers = (): readonly Tick[] =>
	normTicks(PREDICTED_NORMS, POWERS).map((power) => ({
		at: normPosition(10 ** power, PREDICTED_NORMS),
		text: powerOfTen(power)
	}));

/** Whole numbers from `first` to `last` at equal distances, at most `most` of them. */
function counted(first: number, last: number, most = 6): readonly Tick[] {
	const span = last - first;
	const parts = Math.min(most - 1, Math.max(1, span));
	const values = Array.from({ length: parts + 1 }, (_, i) =>
		Math.round(first + (span * i) / parts)
	);
	return values.map((value) => ({
		at: span ? (value - first) / span : 0,
		text: formatCount(value)
	}));
}

/** The place of a norm or a ratio on the axis on which predictions are drawn, or none if it has none there. */
const placed = (x: number, norm: number | null): readonly Point[] =>
	norm !== null && classifyNorm(norm) === 'finite' && norm >= 10 ** PREDICTED_NORMS.low
		? [[x, normPosition(norm, PREDICTED_NORMS)]]
		: [];

/** Training error against the step, as in the figure's chart. */
function errorAxes(names: readonly string[], steps: number): PaperAxes {
	return {
		title: TRAINING_ERROR.title(),
		xName: m.axis_step(),
		x: counted(0, steps),
		y: SHARES,
		names,
		measured: ({ history }) =>
			names.map((_, lane) => {
				const { steps: at, values } = history.lanes[lane].trainingError;
				const smoothed = smooth(values, SMOOTHING);
				return at.flatMap((step, i): Point[] =>
					step <= steps && Number.isFinite(smoothed[i]) ? [[step / steps, smoothed[i]]] : []
				);
			})
	};
}

/** Gradient norm of every layer at the first step, as in the profile under each network. */
function profileAxes(names: readonly string[], networks: readonly AnalysedNetwork[]): PaperAxes {
	const last = Math.max(...networks.map(({ layers }) => layers.length));
	return {
		title: m.probe_gradient(),
		xName: m.start_layer(),
		x: counted(1, last),
		y: powers(),
		names,
		measured: ({ history }) =>
			names.map((_, lane) => {
				const metrics = history.at(lane, 1)?.lanes[lane];
				if (!metrics) return [];
				return probeValues('gradient', networks[lane], metrics).flatMap((norm, layer) =>
					placed(layer / (last - 1), norm)
				);
			})
	};
}

/** Test error without each block, as in the bars of the study. */
function lesionAxes(names: readonly string[], networks: readonly AnalysedNetwork[]): PaperAxes {
	const last = Math.max(2, ...networks.map(({ blocks }) => blocks.length));
	return {
		title: m.worksheet_without(),
		xName: m.worksheet_block(),
		x: counted(1, last, Math.min(last, MOST_BLOCKS)),
		y: SHARES,
		names,
		measured: ({ history }) =>
			names.map((_, lane) => {
				const found = history.results.lesion.findLast((one) => one.lane === lane);
				return (found?.without ?? []).flatMap((error, block): Point[] =>
					error === null ? [] : [[block / (last - 1), error]]
				);
			})
	};
}

/** The ratio of gradients before training against the depth, as in the study. */
function startAxes(): PaperAxes {
	const [least] = START_DEPTHS;
	const place = (depth: number) =>
		Math.log(depth / least) / Math.log(START_DEPTHS[START_DEPTHS.length - 1] / least);
	const names = pairNames();
	const ratio = ({ norms }: StartProfile, kind: (typeof PAIR_KINDS)[number]) =>
		norms[kind][0] / norms[kind][norms[kind].length - 1];
	return {
		title: m.start_ratio(),
		xName: m.compare_depth(),
		x: START_DEPTHS.map((depth) => ({ at: place(depth), text: formatCount(depth) })),
		y: powers(),
		names: PAIR_KINDS.map((kind) => names[kind]),
		measured: ({ history }) =>
			PAIR_KINDS.map((kind) =>
				(history.results.start?.profiles ?? []).flatMap((profile) =>
					placed(place(profile.depth), ratio(profile, kind))
				)
			)
	};
}

/**
 * The axes of an experiment, in the order in which a reader draws on them; none for pictures that no pen draws.
 * @param outcome what its prediction is about
 */
export function axesOf(
	{ steps = 0, study }: Figure & { kind: 'lab' },
	outcome: Outcome | undefined,
	experiment: Experiment,
	networks: readonly AnalysedNetwork[]
): readonly PaperAxes[] {
	const names = laneNames(experiment);
	return [
		...(steps > 0 ? [errorAxes(names, steps)] : []),
		...(outcome === 'gradient-ratio' ? [profileAxes(names, networks)] : []),
		...(ofLesions(outcome) ? [lesionAxes(names, networks)] : []),
		...(study === 'start' ? [startAxes()] : [])
	];
}
