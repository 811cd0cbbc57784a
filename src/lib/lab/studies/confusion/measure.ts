/** Measures the confusion matrix: every network classifies the test images. */
import { breathe } from '$lib/base/breathe';
import type { Measurement } from '../measurement';
import { cellsOf, type ConfusionMatrix } from './record';

export const measureConfusion: Measurement<null, ConfusionMatrix> = {
	async measure(run, _, { found, progress, signal }) {
		const { step, set, engine, active } = run;
		const batches = await run.testBatches(run.batch);
		const labels = Int32Array.from(batches.flatMap((batch) => [...batch.labels]));
		const classes = set.manifest.classes.length;
		for (const lane of active.keys()) {
			const logits = new Float32Array(labels.length * classes);
			let at = 0;
			for (const [i, batch] of batches.entries()) {
				progress(lane * batches.length + i, active.length * batches.length);
				const own = await engine.logits(lane, batch, false);
				logits.set(own, at);
				at += own.length;
				await breathe();
				if (signal.aborted) return;
			}
			found({ step, lane, images: labels.length, classes, cells: cellsOf(logits, labels) });
		}
	}
};
