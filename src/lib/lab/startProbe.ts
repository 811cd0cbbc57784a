/** Gradients before any training: one pass forward and back through fresh networks of many depths, on real images. */
import { createEngine, type Batch } from '$lib/engine';
import {
	analyse,
	cifarNetwork,
	type Activation,
	type ImageShape,
	type Initialisation
} from '$lib/network';
import type { PairKind } from './presets';

export interface StartProbe {
	readonly activation: Activation;
	readonly batchNorm: boolean;
	readonly initialisation: Initialisation;
	readonly seed: number;
}

/** Up to the deepest of the paper. */
export const START_DEPTHS = [8, 20, 32, 56, 110, 302, 602, 1202] as const;
/** Networks are narrow and the batch small, so that the deepest fits; ratios between layers hardly depend on either. */
export const START_WIDTH = 8;
export const START_IMAGES = 16;

/** Gradient norm of the kernel of every layer, from the image to the class scores, at one depth. */
export interface StartProfile {
	readonly depth: number;
	readonly norms: Readonly<Record<PairKind, readonly number[]>>;
}

/**
 * Measures depth after depth, the shallowest first.
 * @param input of the images in the batch
 * @param cancelled asked before each depth
 * @throws MemoryError where a depth does not fit; the ones before it have been told
 */
export async function probeStart(
	{ activation, batchNorm, initialisation, seed }: StartProbe,
	batch: Batch,
	[size, , channels]: ImageShape,
	onProfile: (profile: StartProfile) => void,
	cancelled: () => boolean
): Promise<void> {
	for (const depth of START_DEPTHS) {
		if (cancelled()) return;
		const networks = (['none', 'A'] as const).map((shortcut) =>
			cifarNetwork({
				depth,
				width: START_WIDTH,
				size,
				channels,
				shortcut,
				activation,
				batchNorm,
				initialisation
			})
		);
		const engine = await createEngine(networks.map((network) => ({ network, seed })));
		try {
			const standing = { learningRate: 0, momentum: 0, weightDecay: 0 };
			const [plain, residual] = (await engine.step(batch, standing)).map((metrics, lane) =>
				analyse(networks[lane]).layers.map(({ kernel }) => metrics!.gradientNorms[kernel])
			);
			onProfile({ depth, norms: { plain, residual } });
		} finally {
			engine.dispose();
		}
	}
}
