/** Chooses what the lab trains for the networks shown: each network itself if it trains within a class, else its nearest small relative. */
import { maxIndex } from 'd3';
import { LAB_DEPTHS } from '$lib/lab/depths';
import {
	addLane,
	lane,
	newExperiment,
	type Experiment,
	type Lane
} from '$lib/lab/experiment/experiment';
import {
	changed,
	isCifar,
	usualOf,
	type LaneChange,
	type LaneNetwork
} from '$lib/lab/experiment/laneNetwork';
import { cifarName, isMini, type MiniName } from '$lib/network';
import type { Shown } from './link';

/** Most channels of the first stage. */
const WIDEST = 8;
/** A learning rate at which networks without normalisation still train. */
const GENTLE_RATE = 0.02;

/**
 * An experiment with one lane per network, with its cuts if the blocks are the same. A single network gets its
 * plain or residual counterpart beside it.
 */
export function experimentOf(shown: readonly Pick<Shown, 'spec' | 'layout' | 'gates'>[]): {
	experiment: Experiment;
	/** For each network, the name of the one that is trained for it, without the sizes that all share. */
	names: string[];
	/** Channels of the first stage. */
	width: number;
} {
	const lanes = shown.map(trainedFor);
	const gentle = lanes.some(({ network }) => network.norm === 'none');
	const recipe = gentle ? { learningRate: GENTLE_RATE } : {};
	let experiment = newExperiment('degradation', lanes, recipe);
	if (lanes.length === 1) experiment = addLane(experiment);
	return {
		experiment,
		names: lanes.map(({ network }) => (isCifar(network) ? cifarName(network) : network.family)),
		width: Math.max(...lanes.map(({ network }) => network.width))
	};
}

/** The class-sized relative of a family of large networks. */
const RELATIVES = {
	alexnet: 'alexnet-mini',
	vgg: 'vgg-mini',
	googlenet: 'googlenet-mini'
} as const;

function trainedFor({
	spec,
	layout: { network },
	gates
}: Parameters<typeof experimentOf>[0][number]): Lane {
	if (isMini(spec)) {
		const { size: _, channels: __, ...options } = spec.options;
		return withGates({ family: spec.family, ...options } as LaneNetwork, gates);
	}
	const { depth } = network.network;
	const change = { depth: nearest(depth), width: WIDEST };
	switch (spec.family) {
		case 'alexnet':
		case 'vgg':
		case 'googlenet':
			return relative(RELATIVES[spec.family], { ...change, depth });
		case 'resnet': {
			const { shortcut } = spec.options;
			const bottlenecks = depth >= 50 && shortcut !== 'none';
			return bottlenecks
				? relative('bottleneck-mini', { ...change, depth })
				: lane({ ...change, shortcut: shortcut === 'none' ? 'none' : 'A' });
		}
		case 'cifar': {
			const { shortcut, activation, norm, initialisation, order, width } = spec.options;
			const { network: one } = lane({
				...{ ...change, shortcut, activation, norm, initialisation },
				width: Math.min(width, WIDEST),
				...(order ? { order } : {})
			});
			return change.depth === depth ? withGates(one, gates) : { network: one, gates: null };
		}
	}
}

/** The member of a family with the nearest depth. */
const relative = (family: MiniName, change: LaneChange): Lane => ({
	network: changed(usualOf(family), change),
	gates: null
});

const withGates = (network: LaneNetwork, gates: readonly number[]): Lane => ({
	network,
	gates: gates.some((gate) => gate !== 1) ? gates : null
});

function nearest(depth: number): number {
	return LAB_DEPTHS[maxIndex(LAB_DEPTHS, (offered) => -Math.abs(offered - depth))];
}
