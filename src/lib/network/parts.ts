/** The parts of a block that the paper's formula speaks of, each as the node whose output it is: y = σ(F(x) + x). */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork } from './analyse';
import type { Activation } from './ops';

export interface BlockParts {
	/** What the block reads: the output of this node. */
	readonly input: string;
	/** What the shortcut brings to the addition, before its gate; the input itself for an identity. Null in a plain block. */
	readonly shortcut: string | null;
	/** What the block's convolutions put out: F(x) with a shortcut, without one all of the block's H(x). */
	readonly branch: string;
	/** Their sum; null in a plain block. */
	readonly sum: string | null;
	/** What the next block reads: the sum, or the activation after it. */
	readonly output: string;
	/** Of the output; null where nothing follows the sum. */
	readonly activation: Activation | null;
}

/**
 * @param index among `blocks`
 * @throws RangeError when the block reads nothing from outside
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
	const [branch, arriving] = shortcut ? entry(own, shortcut.to).inputs : [end];
	return {
		input,
		shortcut: arriving ?? null,
		branch,
		sum: shortcut?.to ?? null,
		output,
		activation
	};
}
