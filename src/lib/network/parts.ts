/** Finds nodes by their part: the terms of a block's formula, y = σ(F(x) + x), and the maps that the class scores are means of. */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork } from './analyse';
import type { Activation } from './ops';

export interface BlockParts {
	/** The node whose output x the block reads. */
	readonly input: string;
	/** The shortcut's term before its gate; x itself for an identity, null in a plain block. */
	readonly shortcut: string | null;
	/** The output of the block's convolutions: F(x) with a shortcut, H(x) in a plain block, the new maps in one of DenseNet. */
	readonly branch: string;
	/** The sum F(x) + x; null in a plain block. */
	readonly sum: string | null;
	/** The output that the next block reads: the sum, or the activation after it. */
	readonly output: string;
	/** The activation of the output; null if nothing follows the sum. */
	readonly activation: Activation | null;
}

/**
 * @param index among `blocks`
 * @throws RangeError if the block has no input from outside
 */
export function blockParts(
	{ nodes, blocks }: Pick<AnalysedNetwork, 'nodes' | 'blocks'>,
	index: number
): BlockParts {
	const { id, output, shortcut } = blocks[index];
	const own = new Map(
		nodes.flatMap(({ node }) => (node.block === id ? [[node.id, node] as const] : []))
	);
	const input = [...own.values()].flatMap(({ inputs }) => inputs).find((from) => !own.has(from));
	if (input === undefined) throw new RangeError(`${id}: reads nothing from outside`);
	const last = entry(own, output);
	const activation = last.type === 'activation' ? last.activation : null;
	const end = activation === null ? output : last.inputs[0];
	/** The block's input comes first in DenseNet's concatenation; modules of several branches do not concatenate it. */
	const added = last.type === 'concat' && last.inputs[0] === input ? last.inputs[1] : end;
	const [branch, arriving] = shortcut ? entry(own, shortcut.to).inputs : [added];
	return {
		input,
		shortcut: arriving ?? null,
		branch,
		sum: shortcut?.to ?? null,
		output,
		activation
	};
}

/**
 * Id of the node whose maps global pooling averages right before the dense layer, so that the class scores are means
 * over the image; null without such pooling.
 */
export function lastMaps({ nodes }: Pick<AnalysedNetwork, 'nodes'>): string | null {
	const byId = new Map(nodes.map(({ node }) => [node.id, node]));
	let { inputs } = nodes[nodes.length - 1].node;
	for (;;) {
		const before = entry(byId, inputs[0]);
		if (before.type === 'globalAveragePool') return before.inputs[0];
		if (before.type !== 'dropout') return null;
		({ inputs } = before);
	}
}
