/** Where the stops of a step are among the columns of a network. */
import type { AnalysedNetwork } from '$lib/network';

export interface StopPlace {
	/** Index of the layer in whose column the node is drawn; null for one before the first layer or on a shortcut. */
	readonly column: number | null;
	/** Index of the block whose arc the node belongs to: a shortcut's own path or its addition; else null. */
	readonly arc: number | null;
}

export function placeOf(network: AnalysedNetwork, id: string): StopPlace {
	const { layers, blocks, nodes } = network;
	const column = layers.findIndex(({ nodes: own }) => own.includes(id));
	const node = nodes.find(({ node }) => node.id === id)?.node;
	const onArc = node?.role === 'shortcut' || node?.role === 'sum';
	const block = blocks.find((each) => each.id === node?.block && each.shortcut);
	return {
		column: column < 0 ? null : column,
		arc: onArc && block ? block.index : null
	};
}

/** The index of the block in which a node is; null outside blocks. */
export function blockOf({ blocks, nodes }: AnalysedNetwork, id: string): number | null {
	const block = nodes.find(({ node }) => node.id === id)?.node.block;
	return blocks.find((each) => each.id === block)?.index ?? null;
}
