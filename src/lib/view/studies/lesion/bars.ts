/** Where the bar of a block stands over the block's columns. */
import type { AnalysedNetwork } from '$lib/network';
import { columnStart, type Columns } from '../../graph/columns';

/** Share of its columns that a bar leaves free on each side. */
const FREE = 0.15;

/** Left edge and width of a bar, and the width of all the columns of its block, in pixels. */
export function barPlace({ blocks }: AnalysedNetwork, columns: Columns, block: number) {
	const [first, last] = blocks[block].columns;
	const column = (last - first + 1) * columns.pitch;
	return {
		column,
		x: columnStart(columns, first) + column * FREE,
		width: column * (1 - 2 * FREE)
	};
}
