/** What surgery on a trained network concerns: the end of a block's branch F, and blocks that can change places. */
import { onShortcut, type AnalysedNetwork, type Parameter } from './analyse';

/**
 * The parameters of the last operation of a block's branch that has any: its last normalisation's γ and β, or without
 * one after it its last convolution's kernel and bias. With all of them 0 the branch puts out exactly 0, since
 * γ · x̂ + β and the convolution are then sums of zeros, and with the next update it can learn again.
 * @param index among `blocks`
 */
export function branchEnd({ nodes, blocks }: AnalysedNetwork, index: number): readonly Parameter[] {
	const { id } = blocks[index];
	return nodes.findLast(
		({ node, parameters }) => node.block === id && !onShortcut(node.id) && parameters.length
	)!.parameters;
}

/**
 * Blocks of one stage whose parameters have the same shapes, so that their weights can change places (Veit, Wilber and
 * Belongie 2016, §4.3): lists of indices, ascending, each with two or more.
 */
export function exchangeableBlocks({ parameters, blocks }: AnalysedNetwork): readonly number[][] {
	const groups = new Map<string, number[]>();
	for (const { index, id, stage } of blocks) {
		const own = parameters
			.filter(({ node }) => node.startsWith(`${id}/`))
			.map(({ name, shape }) => `${name.slice(id.length)} ${shape.join('×')}`);
		const key = [stage, ...own].join();
		groups.set(key, [...(groups.get(key) ?? []), index]);
	}
	return [...groups.values()].filter((group) => group.length > 1);
}

/**
 * Kendall's rank correlation τ of an order with the original one: 1 for the same, −1 for the reverse.
 * @param order which block stands at each place, by index
 */
export function kendallTau(order: readonly number[]): number {
	const pairs = (order.length * (order.length - 1)) / 2;
	let discordant = 0;
	for (let i = 0; i < order.length; i++)
		for (let j = i + 1; j < order.length; j++) if (order[i] > order[j]) discordant++;
	return pairs ? 1 - (2 * discordant) / pairs : 1;
}
