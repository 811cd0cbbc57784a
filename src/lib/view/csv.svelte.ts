/** Saves tables as CSV files in the format that the reader's spreadsheet opens; the choice is stored on this machine. */
import { CSV_FORMATS, csvText, type Cell, type CsvFormat } from '$lib/base/csv';
import { store, stored } from '$lib/base/stored';
import { download } from './download';

const KEY = 'csv';

/** The format of spreadsheets in the browser's own language. */
function usual(): CsvFormat {
	const parts = new Intl.NumberFormat().formatToParts(1.5);
	return parts.some(({ type, value }) => type === 'decimal' && value === ',') ? 'comma' : 'point';
}

class CsvChoice {
	#chosen = $state<CsvFormat | null>(null);

	get format(): CsvFormat {
		return this.#chosen ?? CSV_FORMATS.find((format) => format === stored(KEY)) ?? usual();
	}

	set format(format: CsvFormat) {
		this.#chosen = format;
		store(KEY, format);
	}
}
export const csvChoice = new CsvChoice();

/** @param rows the table's rows, of which the first has the names of the columns */
export function saveCsv(name: string, rows: readonly (readonly Cell[])[]): void {
	download(name, new Blob([csvText(rows, csvChoice.format)], { type: 'text/csv;charset=utf-8' }));
}
