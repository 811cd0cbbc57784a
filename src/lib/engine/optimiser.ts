/**
 * A recipe in the numbers that the kernels of every backend take, and the masks of dropout: drawn from integers alone, so
 * that they are the same bits everywhere.
 */
import { hashText } from '$lib/base/hashText';
import type { Recipe } from './engine';

/** Adam's rate of the squared gradients' mean, and what keeps its quotient finite: PyTorch's defaults. */
export const BETA_2 = 0.999;
export const ADAM_EPSILON = 1e-8;
/** Keeps the quotient of clipping finite, as in PyTorch's `clip_grad_norm_`. */
export const CLIP_EPSILON = 1e-6;

/**
 * SGD: v ← μv + g, w ← w − ηv. Adam: v ← μv + (1 − μ)g, s ← β₂s + (1 − β₂)g², w ← w − η v / (√(s · correction) + ε). In both
 * g is the clipped gradient + λw.
 */
export interface UpdateConstants {
	readonly adam: boolean;
	/** η; of Adam over its first bias correction, 1 − μᵗ. */
	readonly learningRate: number;
	readonly momentum: number;
	readonly weightDecay: number;
	/** 1 / (1 − β₂ᵗ); 1 for SGD. */
	readonly correction: number;
	/** Infinity: none. */
	readonly clip: number;
}

export function updateConstants(recipe: Recipe): UpdateConstants {
	const { learningRate, momentum, weightDecay, clip = Infinity, step = 1 } = recipe;
	const adam = recipe.optimiser === 'adam';
	return {
		adam,
		learningRate: adam ? learningRate / (1 - momentum ** step) : learningRate,
		momentum,
		weightDecay,
		correction: adam ? 1 / (1 - BETA_2 ** step) : 1,
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
