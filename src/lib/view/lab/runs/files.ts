/** Records as files: saved from the lab and brought to it. */
import { readRun, recordCsv, RecordError, writeRecord, type RunRecord } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { download } from '../../download';
import { formatBytes, formatDetail } from '../../words/format';

/** Records of this size still open within seconds. */
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

/** What is read of several files: records by the names of their files, and in words what is wrong with the others. */
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
	return readRun(new Uint8Array(await file.arrayBuffer()));
}
