/** Reads records from files in a worker, one after the other, and goes on after one that cannot be read. */
import * as Comlink from 'comlink';
import { askWorker } from '$lib/base/askWorker';
import type { RecordProblem } from './problem';
import type { ReadRecord } from './read';
import type { StepRecord } from './record';
import workerFile from './worker?worker&url';
import type { RecordReader } from './worker';

export type RecordOutcome = ReadRecord | { readonly problem: RecordProblem };

/** @param onRead called with each file's record or problem, in the order of the files; it must not throw */
export async function readRecordFiles<F extends Blob>(
	files: readonly F[],
	onRead: (file: F, outcome: RecordOutcome) => Promise<void>
): Promise<void> {
	const left = [...files];
	while (left.length) {
		try {
			await askWorker<RecordReader, void>(
				new Worker(workerFile, { type: 'module', name: 'record' }),
				async (reader) => {
					for (; left.length; left.shift()) {
						const steps: StepRecord[] = [];
						const take = Comlink.proxy((batch: readonly StepRecord[]) => {
							steps.push(...batch);
						});
						const read = await reader.read(left[0], take);
						const outcome =
							'problem' in read
								? read
								: { record: { ...read.head, steps }, warnings: read.warnings };
						await onRead(left[0], outcome);
					}
				}
			);
		} catch (error) {
			// The worker is gone, perhaps for lack of memory: the next files get another one.
			const [file] = left.splice(0, 1);
			if (file)
				await onRead(file, { problem: { code: 'failed', detail: (error as Error).message } });
		}
	}
}
