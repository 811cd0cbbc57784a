/**
 * How the two terms of every block with a shortcut are read from passes through a network: forward, and told apart in what
 * comes back to the block's input.
 */
import { entry } from '$lib/base/entry';
import type { BackwardRequest, NodeGradients, Way } from '$lib/engine';
import { blockParts, type AnalysedNetwork } from '$lib/network';
import { normOf } from './inside/record';
import type { Terms } from './terms';

/** The two tensors of a block in one direction; null for nothing. */
export interface TermTensors {
	readonly shortcut: Float32Array | null;
	readonly branch: Float32Array | null;
}

export function normsOf({ shortcut, branch }: TermTensors): Terms {
	const both = [shortcut, branch].filter((term) => term !== null);
	return {
		shortcut: normOf(shortcut ?? []),
		branch: normOf(branch ?? []),
		sum: normOf(added(both) ?? [])
	};
}

/** The sum of tensors of one size; null for none. */
const added = (parts: readonly Float32Array[]): Float32Array | null =>
	parts.length ? parts[0].map((_, i) => parts.reduce((sum, part) => sum + part[i], 0)) : null;

/** How the terms of a network's blocks are read from one whole pass, and where that is not enough, from passes by one way. */
export function termPasses(network: AnalysedNetwork) {
	const terms = network.blocks.flatMap(({ index }) => termsOf(network, index) ?? []);
	// Where both terms read the same node of the block, only passes by one way tell them apart.
	const apart = terms.filter(({ readers }) => readers === null);
	return {
		/** Nodes whose outputs and gradients the whole pass must read. */
		outputs: terms.flatMap(({ shortcut, branch }) => [shortcut, branch]),
		gradients: terms.map(({ input }) => input),
		/** The passes to make after the whole one. */
		oneWay: apart.flatMap(({ index, input }) =>
			(['shortcut', 'branch'] as const).map((way): BackwardRequest => ({
				...{ objective: 'loss', outputs: [], gradients: [input] },
				ways: new Map([[index, way]])
			}))
		),
		/**
		 * By block; null for one without a shortcut.
		 * @param all the whole pass, then those by one way
		 * @param gates by block
		 */
		read: (all: readonly NodeGradients[], gates: readonly number[] = []) =>
			network.blocks.map(({ index }) => {
				const own = terms.find((each) => each.index === index);
				if (!own) return null;
				const { input, readers } = own;
				const gate = gates[index] ?? 1;
				const [x, branch] = [own.shortcut, own.branch].map((id) => entry(all[0].outputs, id));
				const sentBack = (way: Way) => {
					const at = apart.indexOf(own);
					const pass = at < 0 ? all[0] : all[1 + 2 * at + (way === 'shortcut' ? 0 : 1)];
					const { by } = entry(pass.gradients, input);
					return added((readers?.[way] ?? own.nodes).flatMap((id) => by.get(id) ?? []));
				};
				return {
					forward: { shortcut: x.map((value) => value * gate), branch },
					backward: { shortcut: sentBack('shortcut'), branch: sentBack('branch') }
				} satisfies { readonly forward: TermTensors; readonly backward: TermTensors };
			})
	};
}

/** The nodes of a block's two terms, and which of them read the block's input; null for a block without a shortcut. */
function termsOf(network: AnalysedNetwork, index: number) {
	const { input, shortcut, branch, sum } = blockParts(network, index);
	if (shortcut === null || sum === null) return null;
	const { id: block } = network.blocks[index];
	const own = network.nodes.map(({ node }) => node).filter((node) => node.block === block);
	const nodes = own.map(({ id }) => id);
	/** The nodes of the block through which a term reads the block's input. */
	const readersOf = (term: string): string[] => {
		if (term === input) return [sum];
		const on = new Set([term]);
		for (const { id, inputs } of own.toReversed())
			if (on.has(id)) inputs.forEach((to) => on.add(to));
		return own.flatMap(({ id, inputs }) => (on.has(id) && inputs.includes(input) ? [id] : []));
	};
	const readers = { shortcut: readersOf(shortcut), branch: readersOf(branch) };
	const shares = readers.branch.some((id) => readers.shortcut.includes(id));
	return { index, input, shortcut, branch, nodes, readers: shares ? null : readers };
}
