/** Chooses what software adapters are tested with, which take seconds to compile the shaders of a network. */
import type { Network, NetworkNode } from '$lib/network';
import type { Recipe } from '..';

/** What is tested: a network, and how it is trained. */
interface Trained {
	readonly network: Network;
	readonly recipe: Pick<Recipe, 'optimiser' | 'clip'>;
}

/** The fields of an operation that choose code; all others are sizes and factors. */
const CHOICES = 'type kernel stride padding groups ceil bias activation per complement'.split(' ');

const codeOf = (node: NetworkNode) =>
	node.type === 'groupNorm' ? node.type : JSON.stringify(node, CHOICES);

/** The operations of a network, its optimiser and whether it clips, and what follows what, because neighbours are fused. */
function* traits({ network, recipe }: Trained, neighbours: boolean) {
	const types = new Map(network.nodes.map(({ id, type }) => [id, type]));
	for (const node of network.nodes) {
		yield codeOf(node);
		if (neighbours) for (const input of node.inputs) yield `${types.get(input)} → ${node.type}`;
	}
	yield recipe.optimiser ?? 'sgd';
	yield `clip: ${recipe.clip !== undefined}`;
}

/** Those of a list that have an operation, an optimiser or perhaps a pair of neighbours that none before them has. */
export function covering<T>(
	list: readonly T[],
	trained: (one: T) => Trained,
	{ neighbours = true } = {}
): T[] {
	const seen = new Set<string>();
	return list.filter((one) => {
		const before = seen.size;
		for (const trait of traits(trained(one), neighbours)) seen.add(trait);
		return seen.size > before;
	});
}
