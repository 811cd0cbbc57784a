/** The worker that reads records, so that a large one does not block the page. */
import * as Comlink from 'comlink';
import { readRecordFile } from './read';
import { RecordFileError, type RecordProblem, type RecordWarning } from './problem';
import type { RunRecord, StepRecord } from './record';

/** Steps sent at a time; the page is free between two batches. */
const BATCH = 250;

/** A record without its steps, or why it cannot be read: an error loses its class when it leaves a worker. */
export type ReadHead =
	| { readonly head: Omit<RunRecord, 'steps'>; readonly warnings: readonly RecordWarning[] }
	| { readonly problem: RecordProblem };

export class RecordReader {
	/** Does nothing: its answer shows that the worker has started. */
	start(): void {}

	/** @param onSteps receives the steps, in order, before the answer */
	async read(
		file: Blob,
		onSteps: (steps: readonly StepRecord[]) => void | Promise<void>
	): Promise<ReadHead> {
		try {
			const { record, warnings } = await readRecordFile(file);
			const { steps, ...head } = record;
			for (let at = 0; at < steps.length; at += BATCH) await onSteps(steps.slice(at, at + BATCH));
			return { head, warnings };
		} catch (error) {
			if (error instanceof RecordFileError) return { problem: error.problem };
			return { problem: { code: 'failed', detail: (error as Error).message } };
		}
	}
}

Comlink.expose(new RecordReader());
