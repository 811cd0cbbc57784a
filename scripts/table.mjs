// Formats tables for commands, each column as wide as its widest cell.

/** In place of a row: a line across the table. */
export const RULE = null;

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[] | typeof RULE)[]} rows
 * @param {number} [left] number of left-aligned columns, counted from the first; the others are right-aligned
 */
export function textTable(head, rows, left = 0) {
	const widths = head.map((name, i) =>
		Math.max(name.length, ...rows.map((row) => row?.[i].length ?? 0))
	);
	const width = widths.reduce((sum, column) => sum + column + 2, -2);
	return [head, ...rows]
		.map(
			(row) =>
				row
					?.map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
					.join('  ')
					.trimEnd() ?? '─'.repeat(width)
		)
		.join('\n');
}
