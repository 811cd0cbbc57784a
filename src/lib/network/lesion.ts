/** Removes a block from a network (Veit, Wilber and Belongie 2016). */
import type { AnalysedNetwork } from './analyse';
import type { Network } from './description';
import { blockParts } from './parts';

/**
 * Returns the network without one block, whose consumers then read the block's input; null if the block changes the
 * shape, so that the rest would not fit. All other nodes keep their names and thus their trained weights.
 * @param index among `blocks`
 */
export function withoutBlock(whole: AnalysedNetwork, index: number): Network | null {
	const { network, nodes, blocks } = whole;
	const { id, columns } = blocks[index];
	const { input: source, output } = blockParts(whole, index);
	const shapes = new Map(nodes.map(({ node, outputShape }) => [node.id, outputShape.join()]));
	if (shapes.get(source) !== shapes.get(output)) return null;
	const rest = network.nodes.filter((node) => node.block !== id);
	return {
		...network,
		depth: network.depth - (columns[1] - columns[0] + 1),
		nodes: rest.map((node) => ({
			...node,
			inputs: node.inputs.map((input) => (input === output ? source : input))
		}))
	};
}
