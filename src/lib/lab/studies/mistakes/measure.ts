/** Finds the test images on which each network is wrong with the most confidence. */
import { breathe } from '$lib/base/breathe';
import type { Measurement } from '../measurement';
import { addConfusions, type Confused } from './record';

export const measureMistakes: Measurement<null, Confused> = {
	async measure(run, _, { found, progress, signal }) {
		const { step, set, engine, active, batch: size } = run;
		// No more at once than there is room for already.
		const batches = await run.testBatches(size);
		const images = batches.reduce((sum, { labels }) => sum + labels.length, 0);
		const lanes: Confused['lanes'][number][] = [];
		for (const lane of active.keys()) {
			let confusions: ReturnType<typeof addConfusions> = { wrong: 0, surest: [] };
			for (const [i, batch] of batches.entries()) {
				progress(lane * batches.length + i, active.length * batches.length);
				const logits = await engine.logits(lane, batch, false);
				confusions = addConfusions(confusions, logits, batch.labels, i * size);
				await breathe();
				if (signal.aborted) return;
			}
			const surest = confusions.surest.map((one) => ({
				...one,
				pixels: set.image('test', one.index).pixels.slice()
			}));
			lanes.push({ ...confusions, surest });
		}
		found({ step, images, shape: set.manifest.shape, lanes });
	}
};
