/** Gradients before any training as values: what is asked for, and what has been measured. `startPasses.ts` measures them. */
import type { Activation, Initialisation } from '$lib/network';
import type { PairKind } from '../../depths';

export interface StartSpec {
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

/** What was asked for, and what has been measured of it. */
export interface StartRecord {
	readonly probe: StartSpec;
	readonly profiles: readonly StartProfile[];
}

/** Gradient norm of the kernel of every layer, from the image to the class scores, at one depth. */
export interface StartProfile {
	readonly depth: number;
	readonly norms: Readonly<Record<PairKind, readonly number[]>>;
}
