/** Trains the run's networks again with other seeds, up to the present step, one seed after the other. */
import type { Measurement } from '../measurement';
import type { SeedRecord, SeedsSpec } from './record';
import { recentMeans, thinSteps } from './spread';

export const measureSeeds: Measurement<SeedsSpec, SeedRecord> = {
	async measure({ step, retrain }, { seeds }, { found, progress, signal }) {
		for (const [i, seed] of seeds.entries()) {
			const share = (done: number, of: number) => progress(i * of + done, seeds.length * of);
			const lanes = await retrain(seed, step, { progress: share, signal });
			if (!lanes) return;
			const steps = thinSteps(step);
			found({
				...{ step, seed, steps },
				lanes: lanes.map(({ errors, ...last }) => ({
					errors: recentMeans(errors, steps),
					...last
				}))
			});
		}
	}
};
