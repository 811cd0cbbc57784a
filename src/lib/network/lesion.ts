/** Networks with a block cut out (Veit, Wilber and Belongie 2016). */
import type { AnalysedNetwork } from './analyse';
import type { Network } from './description';

/**
 * The network without one block, what follows reading what the block has read; null where the block changes the shape,
 * so that nothing fits without it. All other nodes keep their names, and with them their trained weights.
 * @param index among `blocks`
 */
export function withoutBlock(
	{ network, nodes, blocks }: AnalysedNetwork,
	index: number
): Network | null {
	const { id, output, columns } = blocks[index];
	const shapes = new Map(nodes.map(({ node, outputShape }) => [node.id, outputShape.join()]));
	const own = new Set(network.nodes.flatMap((node) => (node.block === id ? [node.id] : [])));
	const source = network.nodes
		.filter((node) => own.has(node.id))
		.flatMap(({ inputs }) => inputs)
		.find((input) => !own.has(input));
	if (source === undefined || shapes.get(source) !== shapes.get(output)) return null;
	const rest = network.nodes.filter((node) => !own.has(node.id));
	return {
		...network,
		depth: network.depth - (columns[1] - columns[0] + 1),
		nodes: rest.map((node) => ({
			...node,
			inputs: node.inputs.map((input) => (input === output ? source : input))
		}))
	};
}
