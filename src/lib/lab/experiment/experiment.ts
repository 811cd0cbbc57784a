/**
 * An experiment as data: which networks ("lanes") learn which images by which recipe from which seed.
 * Plain, versioned and checked on the way in; the lab, links and records all hold this one value.
 */
import type { ImageShape } from '$lib/base/image';
import {
	CIFAR_DEFAULTS,
	cifarNetwork,
	formatName,
	CIFAR_CLASSES,
	type Network
} from '$lib/network';
import { MAX_LANES } from './limits';
import type { Experiment } from './schema';

export type { Experiment };
/** One network to train: a member of the CIFAR family, its input given by the experiment's images. */
export type Lane = Experiment['lanes'][number];

/** An experiment by value, or a preset whose depth the machine's speed decides. */
export type Request =
	{ readonly experiment: Experiment } | { readonly preset: string; readonly depth: 'measure' };

const smallLane: Lane = {
	network: {
		depth: 20,
		width: 8,
		shortcut: 'none',
		activation: CIFAR_DEFAULTS.activation,
		norm: 'batch',
		initialisation: 'he'
	},
	gates: null
};

export type LaneChange = Partial<Lane['network']>;

/** A lane of the class's size (8-16-32 channels) with some options changed. */
export function lane(change: LaneChange): Lane {
	return { ...smallLane, network: { ...smallLane.network, ...change } };
}

/** The network of one lane for images of the given shape. */
export function laneNetwork(lane: Lane, [size, , channels]: ImageShape): Network {
	return cifarNetwork({ ...lane.network, size, channels });
}

/** The name of that network, as the explorer's links have it. */
export function networkName(lane: Lane, [size, , channels]: ImageShape): string {
	return formatName({ family: 'cifar', options: { ...lane.network, size, channels } });
}

/** Gates of a lane, one per block. */
export function laneGates(lane: Lane): number[] {
	return lane.gates ? [...lane.gates] : Array<number>((lane.network.depth - 2) / 2).fill(1);
}

/** The experiment with one lane's network changed; gates that no longer fit are dropped. */
export function changeLane(experiment: Experiment, index: number, change: LaneChange): Experiment {
	const lanes = experiment.lanes.map((lane, i) => {
		if (i !== index) return lane;
		const network = { ...lane.network, ...change };
		const fits = network.depth === lane.network.depth && network.shortcut !== 'none';
		return { network, gates: fits ? lane.gates : null };
	});
	return { ...experiment, lanes };
}

/** The experiment with the same change made to every lane's network. */
export function changeLanes(experiment: Experiment, change: LaneChange): Experiment {
	return experiment.lanes.reduce((changed, _, i) => changeLane(changed, i, change), experiment);
}

/** The experiment on another data set, with so many classes. */
export function changeData(experiment: Experiment, set: string, classes: number): Experiment {
	const changed = changeLanes(experiment, {
		classes: classes === CIFAR_CLASSES ? undefined : classes
	});
	return { ...changed, data: { ...changed.data, set } };
}

/**
 * The experiment with one more lane: the last one's counterpart, residual for plain and plain for residual.
 * @throws RangeError when there are `MAX_LANES` already
 */
export function addLane(experiment: Experiment): Experiment {
	if (experiment.lanes.length >= MAX_LANES)
		throw new RangeError(`${experiment.lanes.length} lanes: ${MAX_LANES} are the most`);
	const last = experiment.lanes[experiment.lanes.length - 1].network;
	const added = lane({ ...last, shortcut: last.shortcut === 'none' ? 'A' : 'none' });
	return { ...experiment, lanes: [...experiment.lanes, added] };
}

/** The experiment without one of its lanes, and what was planned for it; unchanged when it is the only one. */
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
