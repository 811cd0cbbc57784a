/** Saves records as files. */
import { recordTable, writeRecord, type RunRecord } from '$lib/lab';
import { saveCsv } from '../../csv.svelte';
import { download } from '../../download';

export type RecordFormat = 'json' | 'csv';

export function saveRecord(record: RunRecord, format: RecordFormat): void {
	const { experiment, steps } = record;
	const name = `${experiment.preset}-seed${experiment.seed}-${steps.length}steps.${format}`;
	if (format === 'csv') saveCsv(name, recordTable(record));
	else download(name, new Blob([writeRecord(record)], { type: 'application/json' }));
}
