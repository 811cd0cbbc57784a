/** Writes tables as CSV files that spreadsheets open as tables, whatever the decimal sign of the computer. */
import { dsvFormat } from 'd3';
import { shortest } from './numbers';

/**
 * How numbers and columns are written: with a decimal point and commas between columns, as programs and an English or
 * Chinese Excel read them, or with a decimal comma and semicolons, as a German or French Excel does.
 */
export const CSV_FORMATS = ['point', 'comma'] as const;
export type CsvFormat = (typeof CSV_FORMATS)[number];

/** A cell of a table; null if it is empty. */
export type Cell = string | number | null;

/** Significant digits of numbers that are no 32-bit floats: all but those that are only rounding. */
const DIGITS = 12;

/** The shortest decimal of a number; NaN and infinities by their names. */
function digitsOf(value: number): string {
	if (Number.isSafeInteger(value) || !Number.isFinite(value)) return String(value);
	return String(Math.fround(value) === value ? shortest(value) : Number(value.toPrecision(DIGITS)));
}

export function csvText(rows: readonly (readonly Cell[])[], format: CsvFormat): string {
	const cellText = (cell: Cell) => {
		if (typeof cell !== 'number') return cell ?? '';
		return format === 'comma' ? digitsOf(cell).replace('.', ',') : digitsOf(cell);
	};
	const text = dsvFormat(format === 'comma' ? ';' : ',').formatRows(
		rows.map((cells) => cells.map(cellText))
	);
	// Excel takes a file without a byte order mark for one in the computer's old encoding; other programs may read the mark
	// as part of the first name, so it is written only where it matters.
	return /[^\0-\x7f]/.test(text) ? `\ufeff${text}` : text;
}
