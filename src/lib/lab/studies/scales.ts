/**
 * The learned scales of a network's blocks (α in y = x + α F(x)), read from its state, and the blocks that the network
 * has put aside: those with a scale close to 0.
 */
import * as v from 'valibot';
import { entry } from '$lib/base/entry';
import { shortest } from '$lib/base/numbers';
import type { LaneState } from '$lib/engine/engine';
import { blockScales, type AnalysedNetwork } from '$lib/network';
import type { Disagreement } from './study';

/**
 * |α| below which a block counts as put aside. An α that the penalty holds at 0 does not rest there, because the
 * penalty's gradient jumps from −λ to λ: with the preset `ignored` it swings within about ±0.04.
 */
export const ASIDE = 0.05;

/** α of each block, null for a block without one. Absent for a network without scales and in earlier records. */
export const scalesSchema = v.optional(v.array(v.nullable(v.number())));
export type Scales = readonly (number | null)[];

/** What is wrong with the number of scales, if anything. */
export const scalesDisagree = (scales: Scales | undefined, blocks: number): Disagreement | null =>
	!scales || scales.length === blocks
		? null
		: { path: 'scales', detail: `expected ${blocks} scales, received ${scales.length}` };

/** Whether any block has a learned scale. */
export const hasScales = (network: AnalysedNetwork): boolean => blockScales(network).some(Boolean);

/** The scales in a state, in the shortest decimals. */
export const scalesIn = (network: AnalysedNetwork, { parameters }: Pick<LaneState, 'parameters'>) =>
	blockScales(network).map((name) => (name ? shortest(entry(parameters, name)[0]) : null));

/** The indices of the blocks that the network has put aside. */
export const putAside = (scales: Scales): number[] =>
	scales.flatMap((scale, block) => (scale !== null && Math.abs(scale) < ASIDE ? [block] : []));

/** A state in which the scales of some blocks are 0, so that their branches add nothing. */
export function withoutBranches<S extends LaneState>(
	network: AnalysedNetwork,
	state: S,
	blocks: readonly number[]
): S {
	const names = blockScales(network);
	const parameters = new Map(state.parameters);
	for (const block of blocks) {
		const name = names[block];
		if (name) parameters.set(name, new Float32Array(1));
	}
	return { ...state, parameters };
}
