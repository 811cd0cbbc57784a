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
/** One network to train: a member of the CIFAR family. The experiment's images decide its input shape. */
export type Lane = Experiment['lanes'][number];

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

/** A lane of the size used in class (8-16-32 channels), with some options changed. */
export function lane(change: LaneChange): Lane {
	return { ...smallLane, network: networkWith(smallLane.network, change) };
}

/** A network with some options changed; a plain one has no order of normalisation and activation. */
function networkWith(network: Lane['network'], change: LaneChange): Lane['network'] {
	const { order, ...rest } = { ...network, ...change };
	return order && rest.shortcut !== 'none' ? { ...rest, order } : rest;
}

/** The network of one lane for images of the given shape. */
export function laneNetwork(lane: Lane, [size, , channels]: ImageShape): Network {
	return cifarNetwork({ ...lane.network, size, channels });
}

/** The name of a lane's network, in the form of the explorer's links. */
export function networkName(lane: Lane, [size, , channels]: ImageShape): string {
	return formatName({ family: 'cifar', options: { ...lane.network, size, channels } });
}

/** The gates of a lane, one per block (0 cuts a shortcut, 1 leaves it whole). */
export function laneGates(lane: Lane): number[] {
	return lane.gates ? [...lane.gates] : Array<number>((lane.network.depth - 2) / 2).fill(1);
}

/** Changes the network of one lane; drops its gates if their number no longer fits. */
export function changeLane(experiment: Experiment, index: number, change: LaneChange): Experiment {
	const lanes = experiment.lanes.map((lane, i) => {
		if (i !== index) return lane;
		const network = networkWith(lane.network, change);
		const fits = network.depth === lane.network.depth && network.shortcut !== 'none';
		return { network, gates: fits ? lane.gates : null };
	});
	return { ...experiment, lanes };
}

/** Makes the same change to the network of every lane. */
export function changeLanes(experiment: Experiment, change: LaneChange): Experiment {
	return experiment.lanes.reduce((changed, _, i) => changeLane(changed, i, change), experiment);
}

/** Moves the experiment to another data set, which has the given number of classes. */
export function changeData(experiment: Experiment, set: string, classes: number): Experiment {
	const changed = changeLanes(experiment, {
		classes: classes === CIFAR_CLASSES ? undefined : classes
	});
	return { ...changed, data: { ...changed.data, set } };
}

/**
 * Adds a lane: the counterpart of the last one, residual for plain and plain for residual.
 * @throws RangeError when there are `MAX_LANES` already
 */
export function addLane(experiment: Experiment): Experiment {
	if (experiment.lanes.length >= MAX_LANES)
		throw new RangeError(`${experiment.lanes.length} lanes: ${MAX_LANES} are the most`);
	const last = experiment.lanes[experiment.lanes.length - 1].network;
	const added = lane({ ...last, shortcut: last.shortcut === 'none' ? 'A' : 'none' });
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
