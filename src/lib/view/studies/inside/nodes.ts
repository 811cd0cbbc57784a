/** The nodes of several networks as one list to choose from. */
import type { AnalysedNetwork, NetworkNode } from '$lib/network';

export interface NodeGroup {
	/** Of the block, or of the stage outside blocks. */
	readonly id: string;
	readonly nodes: readonly NetworkNode[];
}

/** All nodes by block or stage, each once, in the order of the network that has the most. */
export function nodeGroups(networks: readonly AnalysedNetwork[]): NodeGroup[] {
	const groups = new Map<string, Map<string, NetworkNode>>();
	for (const { nodes } of networks.toSorted((a, b) => b.nodes.length - a.nodes.length))
		for (const { node } of nodes) {
			const group = node.block ?? node.stage;
			const members = groups.get(group) ?? new Map<string, NetworkNode>();
			groups.set(group, members.set(node.id, node));
		}
	return [...groups].map(([id, nodes]) => ({ id, nodes: [...nodes.values()] }));
}
