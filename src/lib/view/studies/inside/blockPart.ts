/** The maps of a block in the order in which the formula uses them, as far as the block has them. */
import type { BlockLook, FeatureMap } from '$lib/lab';

export type BlockPart = 'input' | 'shortcut' | 'branch' | 'sum' | 'output';

/** The sign that stands before a part. */
const SIGNS: Record<BlockPart, string> = {
	input: '',
	shortcut: '→',
	branch: '+',
	sum: '=',
	output: '→'
};

/**
 * A shortcut that is the identity brings the input itself, and a map that nothing follows is the output: neither is
 * shown twice.
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
