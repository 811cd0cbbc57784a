/** Opens other runs on the screen: kept ones, the app's recordings, and files. */
import { asset } from '$app/paths';
import {
	loadRecording,
	RecordError,
	recordingName,
	StoreError,
	type RunRecord,
	type ShippedRecording
} from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { formatDetail } from '../../words/format';
import type { Lab } from '../context.svelte';
import { readRecords, saveRecord } from './files';

/** Starts storing runs, and offers to continue the one that was left last if possible. */
export async function keepRuns({ kept, session }: Lab): Promise<void> {
	try {
		session.keeper.keepIn(await kept.open());
	} catch (error) {
		if (!(error instanceof StoreError)) throw error;
		session.keeper.notKept = error;
		return;
	}
	const [latest] = kept.entries;
	if (latest?.resumable && !kept.isElsewhere(latest.id, null)) kept.last = latest;
}

/** Shows a kept run. */
export function openRun(lab: Lab, id: string): Promise<void> {
	return lab.kept.use(id, ({ record }) => lab.replay(record));
}

/** Continues a kept run, or a copy of it. */
export function continueRun(lab: Lab, id: string, copy: boolean): Promise<void> {
	const { kept, session } = lab;
	kept.taken = null;
	return kept.use(id, async (run) => {
		if (!(await session.continue(run, copy))) {
			kept.taken = id;
			return;
		}
		lab.draft = null;
		kept.last = null;
		lab.runsOpen = false;
	});
}

/**
 * Shows a recorded run; the present run stays stored if it has begun.
 * @returns false if it could not be loaded; `lab.kept.problems` says why
 */
export async function playRecording(lab: Lab, recording: ShippedRecording): Promise<boolean> {
	try {
		const record = await loadRecording(asset('/recordings/'), recording);
		await lab.replay(record);
		return true;
	} catch (error) {
		if (!(error instanceof RecordError)) throw error;
		const name = recordingName(recording);
		lab.kept.tell(m.recordings_failed({ name, detail: formatDetail(error) }));
		return false;
	}
}

/** Opens files: shows a single one; overlays several, as from a class, on the screen. */
export async function openFiles(lab: Lab, files: readonly File[]): Promise<void> {
	const { kept, sweep } = lab;
	const { records, problems } = await readRecords(files);
	kept.problems = problems;
	if (files.length === 1 && records.length) {
		const [{ record }] = records;
		await lab.replay(record);
		if (record.sweep) sweep.adopt(record.sweep);
		// Store the record with the others.
		await kept.change((store) => store.add(record));
	} else if (records.length) {
		await kept.addCompared(records);
		lab.runsOpen = true;
	}
}

/** Saves the run on the screen as a file, with the present depth sweep. */
export function saveRun({ session, sweep }: Lab): void {
	const record = session.record();
	if (record) saveRecord(withSweep(record, sweep), 'json');
}

function withSweep(record: RunRecord, { spec, points }: Lab['sweep']): RunRecord {
	return record.sweep || !spec || !points.length ? record : { ...record, sweep: { spec, points } };
}
