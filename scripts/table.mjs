// Tables as commands print them: columns as wide as their widest cell.

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @param {number} [left] columns from the first that are aligned at their left; the others at their right
 */
export function textTable(head, rows, left = 0) {
	const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i].length)));
	return [head, ...rows]
		.map((row) =>
			row
				.map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
				.join('  ')
				.trimEnd()
		)
		.join('\n');
}
