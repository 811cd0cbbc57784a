import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRecording } from '../record/recording';
import { recordedExperiment, recordingName, RECORDINGS } from './recordings';

const FOLDER = 'static/recordings';
/** Of all recordings, in bytes: they are part of what is kept for use without a network. */
const BUDGET = 1.5e6;

const read = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}.zip`));

describe('shipped recordings', () => {
	it('are the files that are there', () => {
		const files = readdirSync(FOLDER).filter((file) => file.endsWith('.zip'));
		expect(files.sort()).toEqual(RECORDINGS.map((each) => `${recordingName(each)}.zip`).sort());
	});

	it.each(RECORDINGS.map((each) => [recordingName(each), each] as const))(
		'%s is what is said of it, and says where and when it was made',
		(name, recording) => {
			const record = readRecording(read(name));
			expect(record.experiment).toEqual(recordedExperiment(recording));
			expect(record.environment.machine).toBeTruthy();
			expect(Date.parse(record.environment.startedAt)).toBeGreaterThan(0);
			const stopped = record.events.some(({ kind }) => kind === 'not-finite');
			if (stopped) expect(record.steps.length).toBeLessThanOrEqual(recording.steps);
			else expect(record.steps).toHaveLength(recording.steps);
			const { studies = [] } = recording;
			const lanes = record.experiment.lanes.length;
			expect(record.lesions).toHaveLength(studies.includes('lesion') ? lanes : 0);
			expect(record.landscapes).toHaveLength(studies.includes('landscape') ? lanes : 0);
			expect(record.start !== null).toBe(studies.includes('start'));
		}
	);

	it('are small', () => {
		const bytes = RECORDINGS.reduce((sum, each) => sum + read(recordingName(each)).length, 0);
		expect(bytes).toBeLessThan(BUDGET);
	});
});
