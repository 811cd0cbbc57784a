/** Helpers for surgery on trained networks: the end of a block's branch F, and blocks that can change places. */
import type { AnalysedNetwork, Average, Parameter } from './analyse';
import type { NetworkNode } from './description';
import { blockParts } from './parts';

/**
 * The parameters of the last operation of a block's branch that has any: its last normalisation's γ and β, without a
 * normalisation its last convolution's kernel and bias, or its learned scale. If all of them are 0, the branch outputs
 * exactly 0, because γ · x̂ + β or the convolution is a sum of zeros; with the next update it can learn again. Empty for a
 * block without such an operation, such as an inception module.
 * @param index among `blocks`
 */
export function branchEnd(network: AnalysedNetwork, index: number): readonly Parameter[] {
	const { id } = network.blocks[index];
	const own = new Map(network.nodes.flatMap((n) => (n.node.block === id ? [[n.node.id, n]] : [])));
	let end = own.get(blockParts(network, index).branch);
	while (end && !end.parameters.length)
		end = keepsZero(end.node) ? own.get(end.node.inputs[0]) : undefined;
	return end?.parameters ?? [];
}

/** Whether an operation outputs 0 if its first input is 0. */
const keepsZero = (node: NetworkNode): boolean =>
	node.type === 'multiply' ||
	node.type === 'dropout' ||
	(node.type === 'activation' && node.activation !== 'sigmoid');

/**
 * For each block, the name of the parameter that is its learned scale α, y = x + α F(x); null for a block without one.
 */
export const blockScales = ({ nodes, blocks }: AnalysedNetwork): readonly (string | null)[] =>
	blocks.map(({ id }) => {
		const own = nodes.find(({ node }) => node.type === 'scale' && node.block === id);
		return own?.parameters[0].name ?? null;
	});

/**
 * Blocks of one stage whose parameters have the same shapes, so that their weights can change places (Veit, Wilber and
 * Belongie 2016, §4.3): lists of indices, ascending, each with two or more.
 */
export function exchangeableBlocks(network: AnalysedNetwork): readonly number[][] {
	const groups = new Map<string, number[]>();
	for (const { index, stage } of network.blocks) {
		const own = blockTensors(network, index);
		const key = [stage, ...own.map(({ role, shape }) => `${role} ${shape.join('×')}`)].join();
		groups.set(key, [...(groups.get(key) ?? []), index]);
	}
	return [...groups.values()].filter((group) => group.length > 1);
}

/**
 * Parameters and running averages of a block, in the same order for all blocks that can change places.
 * @param index among `blocks`
 */
export function blockTensors(
	{ nodes, blocks }: AnalysedNetwork,
	index: number
): readonly (Parameter | Average)[] {
	const { id } = blocks[index];
	return nodes.flatMap(({ node, parameters, averages }) =>
		node.block === id ? [...parameters, ...averages] : []
	);
}

/**
 * Kendall's rank correlation τ of an order with the original one: 1 for the same, −1 for the reverse.
 * @param order the index of the block at each place
 */
export function kendallTau(order: readonly number[]): number {
	const pairs = (order.length * (order.length - 1)) / 2;
	let discordant = 0;
	for (let i = 0; i < order.length; i++)
		for (let j = i + 1; j < order.length; j++) if (order[i] > order[j]) discordant++;
	return pairs ? 1 - (2 * discordant) / pairs : 1;
}
