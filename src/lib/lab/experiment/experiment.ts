/**
 * An experiment as data: which networks ("lanes") learn which images by which recipe from which seed.
 * Plain, versioned and checked on the way in; the lab, links and records all hold this one value.
 */
import type { ImageShape } from '$lib/base/image';
import { CIFAR_CLASSES, formatName, type MiniName, type Network } from '$lib/network';
import {
	blockCount,
	changed,
	depthOf,
	hasShortcuts,
	isCifar,
	laneKind,
	laneSpec,
	networkFor,
	ofKind,
	pretrainingsOf,
	SMALL,
	usualOf,
	type LaneChange,
	type LaneKind,
	type LaneNetwork,
	type MiniChange
} from './laneNetwork';
import { MAX_LANES } from '../limits';
import type { Pretraining } from './pretraining';
import type { Experiment } from './schema';

export type { Experiment };
/** One network to train, of a class-sized family. The experiment's images decide its input shape. */
export type Lane = Experiment['lanes'][number];

/** A lane of the CIFAR family of the size used in class (8-16-32 channels), with some options changed. */
export function lane(change: LaneChange): Lane {
	return { network: changed(SMALL, change), gates: null };
}

/** A lane of another family at the size used in class, with some options changed. */
export function laneOf<F extends MiniName>(family: F, change: MiniChange<F> = {}): Lane {
	return { network: usualOf(family, { width: SMALL.width, ...change }), gates: null };
}

/** The network of one lane for images of the given shape. */
export const laneNetwork = ({ network }: Lane, input: ImageShape): Network =>
	networkFor(network, input);

/** The name of a lane's network, in the form of the explorer's links. */
export const networkName = ({ network }: Lane, input: ImageShape): string =>
	formatName(laneSpec(network, input));

/** The gates of a lane, one per block (0 cuts a shortcut, 1 leaves it whole). */
export function laneGates({ network, gates }: Lane): number[] {
	return gates ? [...gates] : Array<number>(blockCount(network)).fill(1);
}

function replaceLane(
	experiment: Experiment,
	index: number,
	change: (network: LaneNetwork) => LaneNetwork
): Experiment {
	return withLane(experiment, index, (lane) => {
		const network = change(lane.network);
		const fits =
			network.family === lane.network.family &&
			hasShortcuts(network) &&
			blockCount(network) === blockCount(lane.network);
		const changed = { ...lane, network, gates: fits ? lane.gates : null };
		return withPretraining(changed, lane.pretraining ?? null);
	});
}

/** A lane with a pre-training, null for none; without one if its network cannot have this one. */
export function withPretraining(
	{ pretraining: _, ...lane }: Lane,
	pretraining: Pretraining | null
): Lane {
	const can = pretraining && pretrainingsOf(lane.network).includes(pretraining.kind);
	return can ? { ...lane, pretraining } : lane;
}

/** A lane that starts as drawn, or one rounding away from that. */
export const withRounding = ({ rounding: _, ...lane }: Lane, away: boolean): Lane =>
	away ? { ...lane, rounding: true } : lane;

const withLane = (
	{ lanes, ...rest }: Experiment,
	index: number,
	change: (lane: Lane) => Lane
): Experiment => ({
	...rest,
	lanes: lanes.map((lane, i) => (i === index ? change(lane) : lane))
});

/** Sets the pre-training of one lane; see `withPretraining`. */
export const changePretraining = (
	experiment: Experiment,
	index: number,
	pretraining: Pretraining | null
): Experiment => withLane(experiment, index, (lane) => withPretraining(lane, pretraining));

/** Sets whether one lane starts one rounding away. */
export const changeRounding = (experiment: Experiment, index: number, away: boolean): Experiment =>
	withLane(experiment, index, (lane) => withRounding(lane, away));

/** An experiment on Fashion-MNIST at half size, by the recipe that all presets share but for `recipe`. */
export const newExperiment = (
	preset: string,
	lanes: readonly Lane[],
	recipe: Partial<Experiment['recipe']> = {}
): Experiment => ({
	version: 1,
	preset,
	lanes,
	data: { set: 'fashion-mnist', halve: true, augment: false },
	recipe: { batch: 64, learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4, ...recipe },
	evaluation: { every: 25, images: 500 },
	seed: 1
});

/** Changes the network of one lane; drops its gates if their number no longer fits, and a pre-training that it cannot have. */
export const changeLane = (experiment: Experiment, index: number, change: LaneChange): Experiment =>
	replaceLane(experiment, index, (network) => changed(network, change));

/** Puts a network of another kind into a lane; see `ofKind`. */
export const changeKind = (experiment: Experiment, index: number, kind: LaneKind): Experiment =>
	replaceLane(experiment, index, (network) => ofKind(network, kind));

/** Puts another network of the same kind into a lane. */
export const changeNetwork = (
	experiment: Experiment,
	index: number,
	network: LaneNetwork
): Experiment => replaceLane(experiment, index, () => network);

/** Makes the same change to the network of every lane. */
export function changeLanes(experiment: Experiment, change: LaneChange): Experiment {
	return experiment.lanes.reduce((changed, _, i) => changeLane(changed, i, change), experiment);
}

/**
 * The depth by which links and the lab's bar name an experiment: that of its deepest plain or residual network of the
 * CIFAR family, or without one, that of its deepest network.
 */
export function experimentDepth({ lanes }: Pick<Experiment, 'lanes'>): number {
	const networks = lanes.map(({ network }) => network);
	const cifar = networks.filter(isCifar);
	return Math.max(...(cifar.length ? cifar : networks).map(depthOf));
}

/**
 * Changes the depth of an experiment: its networks that have that depth, or the nearest that their family has, take the
 * new one as nearly as they can. All others stay.
 */
export function withDepth(experiment: Experiment, depth: number): Experiment {
	const before = experimentDepth(experiment);
	return experiment.lanes.reduce((next, { network }, i) => {
		const follows = depthOf(changed(network, { depth: before })) === depthOf(network);
		return follows ? changeLane(next, i, { depth }) : next;
	}, experiment);
}

/** Moves the experiment to another data set, which has the given number of classes. */
export function changeData(experiment: Experiment, set: string, classes: number): Experiment {
	const changed = changeLanes(experiment, {
		classes: classes === CIFAR_CLASSES ? undefined : classes
	});
	return { ...changed, data: { ...changed.data, set } };
}

/**
 * Adds a lane: the counterpart of the last one, residual for plain and plain for all others.
 * @throws RangeError when there are `MAX_LANES` already
 */
export function addLane(experiment: Experiment): Experiment {
	if (experiment.lanes.length >= MAX_LANES)
		throw new RangeError(`${experiment.lanes.length} lanes: ${MAX_LANES} are the most`);
	const last = experiment.lanes[experiment.lanes.length - 1].network;
	const added = { network: ofKind(last, laneKind(last) === 'none' ? 'A' : 'none'), gates: null };
	return { ...experiment, lanes: [...experiment.lanes, added] };
}

/** Removes a lane and its planned changes; returns the experiment unchanged if it has only one lane. */
export function removeLane(experiment: Experiment, index: number): Experiment {
	if (experiment.lanes.length === 1) return experiment;
	const plan = experiment.plan
		?.filter(({ lane }) => lane !== index)
		.map((change) => ({ ...change, lane: change.lane - (change.lane > index ? 1 : 0) }));
	return {
		...experiment,
		lanes: experiment.lanes.filter((_, i) => i !== index),
		...(plan ? { plan } : {})
	};
}
