/**
 * A recipe in the numbers that the kernels of every backend take, and the masks of dropout: drawn from integers alone, so
 * that they are the same bits everywhere.
 */
import { hashText } from '$lib/base/hashText';
import type { Recipe } from './engine';
import { OPTIMISER_RULES, type Optimiser, type UpdateScalars } from './math/optimisers';
import { codeOf } from './math/terms';

/** Keeps the quotient of clipping finite, as in PyTorch's `clip_grad_norm_`. */
export const CLIP_EPSILON = 1e-6;

/** What the update kernels take: the rule by its code, and the scalars that it computes of a recipe and a step. */
export interface UpdateConstants extends UpdateScalars<number> {
	readonly optimiser: Optimiser;
	readonly code: number;
	/** Infinity: none. */
	readonly clip: number;
}

export function updateConstants(recipe: Recipe): UpdateConstants {
	const { optimiser = 'sgd', learningRate, momentum, weightDecay, clip = Infinity } = recipe;
	const given = { learningRate, momentum, weightDecay };
	return {
		optimiser,
		code: codeOf(OPTIMISER_RULES, optimiser),
		...given,
		correction: 1,
		...OPTIMISER_RULES[optimiser].scalars(given, recipe.step ?? 1),
		clip
	};
}

/** What gradients of this L2 norm over all parameters are multiplied by. */
export function clipFactor(clip: number, norm: number): number {
	return norm > clip ? clip / (norm + CLIP_EPSILON) : 1;
}

/** 32 bits that decide all masks of a step; lanes of one seed drop the same features. */
export const dropoutKey = (seed: number, step = 1): number => hashText(`${seed}/dropout/${step}`);

/** Features whose 32 bits are below it are dropped. */
export const dropoutThreshold = (rate: number): number => Math.floor(rate * 2 ** 32);

/**
 * A feature's 32 bits (PCG's output permutation; O'Neill 2014). The kernels of WebGPU and WebGL hold the same lines.
 * @param index of the feature, `image · channels + channel`
 */
function featureBits(index: number, key: number): number {
	const state = (Math.imul((index ^ key) >>> 0, 747796405) + 2891336453) >>> 0;
	const word = Math.imul(((state >>> ((state >>> 28) + 4)) ^ state) >>> 0, 277803737) >>> 0;
	return ((word >>> 22) ^ word) >>> 0;
}

/** What each feature is multiplied by: 0 where it is dropped, else 1 / (1 − rate). `[images · channels]` */
export function dropoutMask(
	rate: number,
	seed: number,
	step: number | undefined,
	count: number
): Float32Array {
	const key = dropoutKey(seed, step);
	const threshold = dropoutThreshold(rate);
	return Float32Array.from({ length: count }, (_, i) =>
		featureBits(i, key) < threshold ? 0 : 1 / (1 - rate)
	);
}
