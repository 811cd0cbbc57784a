/** Saves records as files and reads them back. */
import { readRecording, recordCsv, RecordError, writeRecord, type RunRecord } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { download } from '../../download';
import { formatBytes, formatDetail } from '../../words/format';

/** Largest record that is read, in bytes; one of this size opens within seconds. */
const LARGEST_RECORD = 512e6;

export type RecordFormat = 'json' | 'csv';

export function saveRecord(record: RunRecord, format: RecordFormat): void {
	const { experiment, steps } = record;
	const json = format === 'json';
	download(
		`${experiment.preset}-seed${experiment.seed}-${steps.length}steps.${format}`,
		new Blob([json ? writeRecord(record) : recordCsv(record)], {
			type: json ? 'application/json' : 'text/csv'
		})
	);
}

/** The result of reading several files: records with their files' names, and the problems with the others in words. */
export interface ReadRecords {
	readonly records: readonly { readonly name: string; readonly record: RunRecord }[];
	readonly problems: readonly string[];
}

export async function readRecords(files: readonly File[]): Promise<ReadRecords> {
	const records: { name: string; record: RunRecord }[] = [];
	const problems: string[] = [];
	for (const file of files) {
		try {
			records.push({
				name: file.name.replace(/\.(json|zip)$/i, ''),
				record: await readRecord(file)
			});
		} catch (error) {
			if (!(error instanceof RecordError)) throw error;
			problems.push(m.notice_record({ file: file.name, detail: formatDetail(error) }));
		}
	}
	return { records, problems };
}

/** @throws RecordError */
async function readRecord(file: File): Promise<RunRecord> {
	if (file.size > LARGEST_RECORD)
		throw new RecordError(
			'',
			m.record_large({ size: formatBytes(file.size), limit: formatBytes(LARGEST_RECORD) })
		);
	return readRecording(new Uint8Array(await file.arrayBuffer()));
}
