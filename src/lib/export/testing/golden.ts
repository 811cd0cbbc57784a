/** Golden files for `scripts/golden.py`. */
import type { Golden } from '$lib/engine/golden/parse';
import { analyse } from '$lib/network';
import { torchOptimiser } from '../pytorch/optimisers';

/** A golden file with all that PyTorch needs to compute what it expects. */
export function torchJob(golden: Omit<Golden, 'expected'>) {
	const { nodes, auxiliaryLosses } = golden.network;
	const { blocks } = analyse(golden.network);
	return {
		...golden,
		network: { nodes, auxiliaryLosses },
		gates: Object.fromEntries(
			blocks.flatMap(({ index, shortcut }) =>
				shortcut ? [[shortcut.to, golden.gates[index] ?? 1]] : []
			)
		),
		blocks: blocks.map(({ output }) => output),
		optimiser: torchOptimiser(golden.recipe)
	};
}
