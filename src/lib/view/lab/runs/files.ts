/** Saves records as files. */
import { recordTable, writeRecord, type RunRecord } from '$lib/lab';
import { saveCsv } from '../../csv.svelte';
import { download } from '../../download';

export type RecordFormat = 'json' | 'csv';

/** Name of a record's file, without its ending. */
export const recordFile = ({ experiment, steps }: RunRecord): string =>
	`${experiment.preset}-seed${experiment.seed}-${steps.length}steps`;

export function saveRecord(record: RunRecord, format: RecordFormat): void {
	const name = `${recordFile(record)}.${format}`;
	if (format === 'csv') saveCsv(name, recordTable(record));
	else download(name, new Blob([writeRecord(record)], { type: 'application/json' }));
}
