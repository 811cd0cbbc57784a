/** Opens other runs on the screen: kept ones, the app's recordings, and files. */
import { asset } from '$app/paths';
import {
	readRecordFiles,
	RecordError,
	recordingName,
	StoreError,
	type RunRecord,
	type ShippedRecording
} from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { formatDetail, formatList, formatSentences } from '../../words/format';
import type { Lab } from '../context.svelte';
import { saveRecord } from './files';

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
		const { loadRecording } = await import('$lib/lab/record/recording');
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

/** Opens files: shows a single one; overlays several, as from a class, on the screen. Tells of all that cannot be read. */
export async function openFiles(lab: Lab, files: readonly File[]): Promise<void> {
	const { kept } = lab;
	kept.problems = [];
	/** Names of the files that there is the same to tell of. */
	const told = new Map<string, string[]>();
	const tell = (text: string, { name }: File) => told.set(text, [...(told.get(text) ?? []), name]);
	const failed: string[] = [];
	// Many texts, which only files need.
	const { recordProblemText, recordWarningText } = await import('../../words/records');
	await readRecordFiles(files, async (file, outcome) => {
		if ('problem' in outcome) {
			tell(recordProblemText(outcome.problem, __APP__), file);
			failed.push(file.name);
			return;
		}
		for (const warning of outcome.warnings) tell(recordWarningText(warning), file);
		if (files.length > 1)
			await kept.addCompared(file.name.replace(/(\.(json|zip|gz|txt))+$/i, ''), outcome.record);
		else await showFile(lab, outcome.record);
	});
	for (const [text, names] of told) {
		const file = formatList(names);
		const isProblem = failed.includes(names[0]);
		const head = isProblem ? m.notice_record({ file }) : m.notice_record_read({ file });
		kept.tell(formatSentences([head, text]));
	}
	if (files.length > 1 && failed.length < files.length) lab.runsOpen = true;
}

async function showFile(lab: Lab, record: RunRecord): Promise<void> {
	await lab.replay(record);
	if (record.sweep) lab.sweep.adopt(record.sweep);
	// Store the record with the others.
	await lab.kept.change((store) => store.add(record));
}

/** Saves the run on the screen as a file, with the present depth sweep. */
export function saveRun({ session, sweep }: Lab): void {
	const record = session.record();
	if (record) saveRecord(withSweep(record, sweep), 'json');
}

function withSweep(record: RunRecord, { spec, points }: Lab['sweep']): RunRecord {
	return record.sweep || !spec || !points.length ? record : { ...record, sweep: { spec, points } };
}
