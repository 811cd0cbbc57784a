/** The maps of a block, in the order of its formula. */
import type { BlockLook, FeatureMap } from '$lib/lab';

export type BlockPart = 'input' | 'shortcut' | 'branch' | 'sum' | 'output';

/** The sign before each part. */
const SIGNS: Record<BlockPart, string> = {
	input: '',
	shortcut: '→',
	branch: '+',
	sum: '=',
	output: '→'
};

/**
 * The parts to show. An identity shortcut equals the input and a sum without activation equals the output, so neither
 * is shown twice.
 */
export function partsOf(
	{ input, shortcut, branch, sum, output }: BlockLook,
	kind: string | null,
	hasActivation: boolean
): { part: BlockPart; map: FeatureMap; sign: string }[] {
	const maps: [BlockPart, FeatureMap | null][] = [
		['input', input],
		['shortcut', kind === 'identity' ? null : shortcut],
		['branch', branch],
		['sum', sum],
		['output', hasActivation ? output : null]
	];
	return maps.flatMap(([part, map]) =>
		map ? [{ part, map, sign: part === 'branch' && !kind ? '→' : SIGNS[part] }] : []
	);
}
