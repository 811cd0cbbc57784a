/** Tests that records are read in a worker: one by one, whatever is wrong with one, while the page goes on. */
import { expect, it } from 'vitest';
import { PRESETS } from '../experiment/presets';
import { readRecordFiles, type RecordOutcome } from './files';
import { lengthsOf, writeRecord, type RunRecord } from './record';

const experiment = PRESETS.degradation(56);
const input = [16, 16, 1] as const;
const lengths = lengthsOf({ experiment, input });

/** A record of about so many bytes. */
function recordOf(bytes: number): File {
	const lanes = lengths.map((own) => ({
		loss: 2.302585,
		trainingError: 0.875,
		...Object.fromEntries(
			Object.entries(own).map(([key, length]) => [
				key,
				Float32Array.from({ length }, (_, i) => Math.abs(Math.sin(i)))
			])
		)
	}));
	const record = {
		version: 1,
		kind: 'residual-explorer-run',
		experiment,
		input,
		environment: { app: 'x', backend: 'wasm', trials: [], userAgent: '', startedAt: '2026' },
		steps: [{ step: 1, milliseconds: 12.5, lanes }],
		evaluations: [],
		events: []
	} as unknown as RunRecord;
	const text = writeRecord(record);
	const start = text.indexOf('{"step":1,');
	const step = text.slice(start + 10, -2);
	const count = Math.ceil(bytes / step.length);
	const steps = Array.from({ length: count }, (_, i) => `${i ? ',' : ''}{"step":${i + 1},${step}`);
	return new File([text.slice(0, start), ...steps, ']}'], `${count}`);
}

const SIZE = 30e6;
it('reads files one by one without stopping the page', async () => {
	const files = [recordOf(1e4), new File(['{"version":1,'], 'cut'), recordOf(SIZE), recordOf(1e4)];
	let longest = 0;
	const begun = performance.now();
	let last = begun;
	const watch = setInterval(() => {
		longest = Math.max(longest, performance.now() - last);
		last = performance.now();
	}, 10);
	const outcomes: [string, RecordOutcome][] = [];
	await readRecordFiles(files, async ({ name }, outcome) => void outcomes.push([name, outcome]));
	clearInterval(watch);
	expect(outcomes.map(([name]) => name)).toEqual(files.map(({ name }) => name));
	expect(outcomes[1][1]).toEqual({ problem: { code: 'cut', bytes: 13, steps: 0 } });
	for (const i of [0, 2, 3]) {
		const [name, outcome] = outcomes[i];
		expect('record' in outcome && outcome.record.steps.length).toBe(Number(name));
	}
	// On the page, reading the large file would be one pause, nearly as long as all of it.
	expect(longest).toBeLessThan((performance.now() - begun) / 2);
});
