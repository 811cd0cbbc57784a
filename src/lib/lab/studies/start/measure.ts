/** Measures gradients before training: one forward and one backward pass through freshly initialised networks of many depths, on real images. */
import { createEngine } from '$lib/engine';
import { analyse, cifarNetwork } from '$lib/network';
import { inputShape, makeBatch } from '$lib/data';
import type { Measurement } from '../measurement';
import {
	START_DEPTHS,
	START_IMAGES,
	START_WIDTH,
	type StartProfile,
	type StartRecord,
	type StartSpec
} from './record';

/** Goes through the depths, the shallowest first, so that if one does not fit into memory, the results before it have been reported. */
export const measureStart: Measurement<StartSpec, StartRecord> = {
	async measure({ backend, set, halve }, probe, { found, progress, signal }) {
		const { seed, ...options } = probe;
		await set.ready('train', START_IMAGES);
		const first = Array.from({ length: START_IMAGES }, (_, i) => i);
		const batch = makeBatch(set, first, { halve, augment: null });
		const [size, , channels] = inputShape(set.manifest, { halve });
		const profiles: StartProfile[] = [];
		const tell = () => {
			found({ probe, profiles: [...profiles] });
			progress(profiles.length, START_DEPTHS.length);
		};
		tell();
		for (const depth of START_DEPTHS) {
			if (signal.aborted) return;
			const networks = (['none', 'A'] as const).map((shortcut) =>
				cifarNetwork({ depth, width: START_WIDTH, size, channels, shortcut, ...options })
			);
			const engine = await createEngine(
				backend,
				networks.map((network) => ({ network, seed }))
			);
			try {
				const standing = { learningRate: 0, momentum: 0, weightDecay: 0 };
				const [plain, residual] = (await engine.step(batch, standing)).map((metrics, lane) =>
					analyse(networks[lane]).layers.map(({ kernel }) => metrics?.gradientNorms[kernel] ?? NaN)
				);
				profiles.push({ depth, norms: { plain, residual } });
				tell();
			} finally {
				engine.dispose();
			}
		}
	}
};
