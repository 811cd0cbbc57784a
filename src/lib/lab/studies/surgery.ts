/**
 * Surgery on a lane in training: a block's branch F set to 0, or blocks put in another order. Pure functions from one
 * state of a lane to another; the trainer loads the new state, or the old one to undo the operation.
 */
import * as v from 'valibot';
import { indexSchema } from '$lib/base/numbers';
import type { LaneState } from '$lib/engine/engine';
import { blockTensors, branchEnd, exchangeableBlocks, type AnalysedNetwork } from '$lib/network';

export const surgerySchema = v.variant('kind', [
	/** Sets the last operation of the block's branch to 0, so that F(x) = 0; with a shortcut, only x passes. */
	v.object({ kind: v.literal('zero-branch'), block: indexSchema }),
	/** Gives place i the weights of block `order[i]`; gates keep their places. */
	v.object({ kind: v.literal('reorder'), order: v.pipe(v.array(indexSchema), v.readonly()) })
]);
export type Surgery = Readonly<v.InferOutput<typeof surgerySchema>>;

/** Number of latest operations that can be undone; each needs a copy of a lane's weights. */
export const MOST_UNDO = 10;

/** The order of blocks in which two have changed places. */
export function swapped(blocks: number, a: number, b: number): number[] {
	return Array.from({ length: blocks }, (_, i) => (i === a ? b : i === b ? a : i));
}

/**
 * Says why an operation does not fit a network, in English; null if it fits.
 */
export function unfit(network: AnalysedNetwork, operation: Surgery): string | null {
	const count = network.blocks.length;
	if (operation.kind === 'zero-branch')
		return operation.block < count
			? null
			: `block ${operation.block}: expected one from 0 to ${count - 1}`;
	const groups = exchangeableBlocks(network);
	const { order } = operation;
	const fits =
		order.length === count &&
		new Set(order).size === count &&
		order.every(
			(from, to) =>
				from === to || groups.some((group) => group.includes(from) && group.includes(to))
		);
	return fits ? null : `order ${order.join(' ')}: expected blocks of one shape to change places`;
}

/**
 * The state of a lane after an operation; arrays that it does not change are shared with the state before.
 * @throws RangeError naming what the network does not have
 */
export function operate(network: AnalysedNetwork, state: LaneState, operation: Surgery): LaneState {
	const problem = unfit(network, operation);
	if (problem) throw new RangeError(problem);
	if (operation.kind === 'zero-branch') {
		const names = new Set(branchEnd(network, operation.block).map(({ name }) => name));
		// Running averages stay unchanged: none belongs to the end of a branch.
		return mapped(state, (own, name) => (names.has(name) ? new Float32Array(own.length) : own));
	}
	const sources = new Map(
		operation.order.flatMap((from, to) => {
			const moved = blockTensors(network, from);
			return blockTensors(network, to).map(({ name }, i) => [name, moved[i].name]);
		})
	);
	return mapped(state, (own, name, all) => all.get(sources.get(name) ?? name) ?? own);
}

/** Maps every array of a state, given its name and all arrays of the same kind. */
function mapped(
	{ parameters, velocities, squares, averages }: LaneState,
	of: (own: Float32Array, name: string, all: ReadonlyMap<string, Float32Array>) => Float32Array
): LaneState {
	const each = (all: ReadonlyMap<string, Float32Array>) =>
		new Map(Array.from(all, ([name, own]) => [name, of(own, name, all)]));
	return {
		parameters: each(parameters),
		velocities: each(velocities),
		...(squares ? { squares: each(squares) } : {}),
		averages: each(averages)
	};
}
