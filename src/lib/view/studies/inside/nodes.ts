/** Combines the nodes of several networks into one list to choose from. */
import type { AnalysedNetwork, Group, NetworkNode } from '$lib/network';

export interface NodeGroup extends Group {
	/** Id of the block, or of the stage for nodes outside blocks. */
	readonly id: string;
	readonly nodes: readonly NetworkNode[];
}

/** All nodes grouped by block or stage, each once, in the order of the largest network. */
export function nodeGroups(networks: readonly AnalysedNetwork[]): NodeGroup[] {
	const groups = new Map<string, Group & { readonly nodes: Map<string, NetworkNode> }>();
	for (const { nodes, network } of networks.toSorted((a, b) => b.nodes.length - a.nodes.length))
		for (const { node } of nodes) {
			const id = node.block ?? node.stage;
			const group = groups.get(id) ?? { ...network.groups[id], nodes: new Map() };
			groups.set(id, group);
			group.nodes.set(node.id, node);
		}
	return [...groups].map(([id, group]) => ({ ...group, id, nodes: [...group.nodes.values()] }));
}
