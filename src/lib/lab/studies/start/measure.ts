/** Gradients before any training: one pass forward and back through fresh networks of many depths, on real images. */
import type { Batch, ImageShape } from '$lib/base/image';
import { createEngine, type Backend } from '$lib/engine';
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

export const measureStart: Measurement<StartSpec, StartRecord> = {
	async measure({ backend, set, halve }, probe, { found, progress, signal }) {
		await set.ready('train', START_IMAGES);
		const first = Array.from({ length: START_IMAGES }, (_, i) => i);
		const batch = makeBatch(set, first, { halve, augment: null });
		const profiles: StartProfile[] = [];
		const tell = () => {
			found({ probe, profiles: [...profiles] });
			progress(profiles.length, START_DEPTHS.length);
		};
		tell();
		const onProfile = (profile: StartProfile) => {
			profiles.push(profile);
			tell();
		};
		await profilesOf(backend, probe, batch, inputShape(set.manifest, { halve }), onProfile, signal);
	}
};

/**
 * Measures depth after depth, the shallowest first.
 * @param input of the images in the batch
 * @param signal aborted, it ends before the next depth
 * @throws MemoryError where a depth does not fit; the ones before it have been told
 */
async function profilesOf(
	backend: Backend,
	{ activation, norm, initialisation, seed }: StartSpec,
	batch: Batch,
	[size, , channels]: ImageShape,
	onProfile: (profile: StartProfile) => void,
	signal: AbortSignal
): Promise<void> {
	for (const depth of START_DEPTHS) {
		if (signal.aborted) return;
		const networks = (['none', 'A'] as const).map((shortcut) =>
			cifarNetwork({
				depth,
				width: START_WIDTH,
				size,
				channels,
				shortcut,
				activation,
				norm,
				initialisation
			})
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
			onProfile({ depth, norms: { plain, residual } });
		} finally {
			engine.dispose();
		}
	}
}
