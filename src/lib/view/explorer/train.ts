/** Chooses what the lab trains for the networks shown: each network itself if it trains within a class, else its nearest small relative. */
import { maxIndex } from 'd3';
import { LAB_DEPTHS } from '$lib/lab/depths';
import { addLane, lane, type Experiment, type Lane } from '$lib/lab/experiment/experiment';
import { PRESETS } from '$lib/lab/experiment/presets';
import { cifarName } from '$lib/network';
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
	const lanes = shown.map(laneOf);
	const rate = lanes.every(({ network }) => network.norm !== 'none') ? undefined : GENTLE_RATE;
	const base = PRESETS.degradation(20);
	let experiment: Experiment = {
		...base,
		lanes,
		recipe: { ...base.recipe, learningRate: rate ?? base.recipe.learningRate }
	};
	if (lanes.length === 1) experiment = addLane(experiment);
	return {
		experiment,
		names: lanes.map(({ network }) => cifarName(network)),
		width: Math.max(...lanes.map(({ network }) => network.width))
	};
}

function laneOf({
	spec,
	layout: { network },
	gates
}: Parameters<typeof experimentOf>[0][number]): Lane {
	const depth = nearest(network.network.depth);
	const residual = network.blocks.some(({ shortcut }) => shortcut);
	const normalised = network.nodes.some(({ node }) => node.type === 'batchNorm');
	if (spec.family !== 'cifar')
		return lane({
			depth,
			shortcut: residual ? 'A' : 'none',
			norm: normalised ? 'batch' : 'none',
			width: WIDEST
		});
	const { shortcut, activation, norm, initialisation, order, width } = spec.options;
	const one = lane({
		depth,
		shortcut,
		activation,
		norm,
		initialisation,
		width: Math.min(width, WIDEST),
		...(order ? { order } : {})
	});
	const kept = depth === network.network.depth && gates.some((gate) => gate !== 1);
	return kept ? { ...one, gates } : one;
}

function nearest(depth: number): number {
	return LAB_DEPTHS[maxIndex(LAB_DEPTHS, (offered) => -Math.abs(offered - depth))];
}
