/**
 * Converts a recipe to the constants that the kernels of every backend take, and draws dropout masks with integer
 * arithmetic, so that they are bit-identical everywhere.
 */
import { entry } from '$lib/base/entry';
import { hashText } from '$lib/base/hashText';
import type { LaneState, Recipe } from './engine';
import {
	keepsSquares,
	OPTIMISER_RULES,
	type Optimiser,
	type UpdateScalars
} from './math/optimisers';
import { codeOf, NUMBERS } from './math/terms';

/** Keeps the quotient of clipping finite, as in PyTorch's `clip_grad_norm_`. */
export const CLIP_EPSILON = 1e-6;

/** The constants of the update kernels: the rule's code, and the scalars for a recipe and a step. */
export interface UpdateConstants extends UpdateScalars<number> {
	readonly optimiser: Optimiser;
	readonly code: number;
	/** Largest L2 norm of the gradient; Infinity for no clipping. */
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

/** The factor by which clipping multiplies gradients with this L2 norm over all parameters. */
export function clipFactor(clip: number, norm: number): number {
	return norm > clip ? clip / (norm + CLIP_EPSILON) : 1;
}

/**
 * The state of a lane after one update, computed in 64 bits and rounded to 32.
 * @param gradients of the loss by every parameter, before clipping
 * @returns also the factor by which clipping has multiplied the gradients
 */
export function updatedState(
	state: LaneState,
	gradients: ReadonlyMap<string, Float32Array>,
	recipe: Recipe
): { readonly state: LaneState; readonly clipped: number } {
	const { optimiser, clip, ...scalars } = updateConstants(recipe);
	const { update } = OPTIMISER_RULES[optimiser];
	let squared = 0;
	for (const gradient of gradients.values()) for (const g of gradient) squared += g * g;
	const clipped = clipFactor(clip, Math.sqrt(squared));
	const parameters = new Map<string, Float32Array>();
	const velocities = new Map<string, Float32Array>();
	const squares = new Map<string, Float32Array>();
	for (const [name, before] of state.parameters) {
		const [gradient, velocity] = [entry(gradients, name), entry(state.velocities, name)];
		const square = state.squares?.get(name);
		const [w, v, s] = [before, before, before].map(({ length }) => new Float32Array(length));
		for (let i = 0; i < w.length; i++) {
			const own = { w: before[i], g: gradient[i] * clipped, v: velocity[i], s: square?.[i] ?? 0 };
			const after = update(NUMBERS, { ...own, ...scalars });
			w[i] = own.w - after.change;
			v[i] = after.v;
			s[i] = after.s ?? 0;
		}
		parameters.set(name, w);
		velocities.set(name, v);
		squares.set(name, s);
	}
	const { averages } = state;
	const kept = keepsSquares(optimiser) ? { squares } : {};
	return { state: { parameters, velocities, averages, ...kept }, clipped };
}

/**
 * The 32-bit key of a dropout's mask in a step. Lanes with the same seed drop the same features; two dropouts of a
 * network draw independently, since stochastic depth must not drop the blocks of an image together.
 * @param node id of the dropout in the network; a network's only one is usually called `dropout`
 */
export const dropoutKey = (seed: number, step = 1, node = 'dropout'): number =>
	hashText(`${seed}/${node}/${step}`);

/** Threshold below which a feature's 32 random bits drop it. */
export const dropoutThreshold = (rate: number): number => Math.floor(rate * 2 ** 32);

/**
 * The 32 random bits of a feature (PCG's output permutation; O'Neill 2014). The WebGPU and WebGL kernels repeat this
 * code.
 * @param index index of the feature, `image · channels + channel`
 */
function featureBits(index: number, key: number): number {
	const state = (Math.imul((index ^ key) >>> 0, 747796405) + 2891336453) >>> 0;
	const word = Math.imul(((state >>> ((state >>> 28) + 4)) ^ state) >>> 0, 277803737) >>> 0;
	return ((word >>> 22) ^ word) >>> 0;
}

/**
 * The factor of each feature: 0 if dropped, else 1 / (1 − rate). Features are numbered in the order of the layout: image,
 * row, column, channel; with `per: 'image'` only the images are.
 */
export function dropoutMask(
	rate: number,
	seed: number,
	step: number | undefined,
	count: number,
	node?: string
): Float32Array {
	const key = dropoutKey(seed, step, node);
	const threshold = dropoutThreshold(rate);
	return Float32Array.from({ length: count }, (_, i) =>
		featureBits(i, key) < threshold ? 0 : 1 / (1 - rate)
	);
}
