/** The bounds of an experiment: of what the settings offer, and of what is read. */
import { CIFAR_BOUNDS, MAX_DROPOUT } from '$lib/network';

export const MAX_LANES = 4;

/** The kinds of pre-training; see `pretrainingStages`. */
export const PRETRAININGS = ['shallower', 'layerwise'] as const;

/** Bounds [least, most] of the page's settings and of short links. */
export const LIMITS = {
	width: [1, 64],
	batch: [1, 512],
	learningRate: [0, 1],
	momentum: [0, 0.999],
	weightDecay: [0, 0.1],
	dropout: [0, MAX_DROPOUT],
	classes: CIFAR_BOUNDS.classes,
	gate: [0, 1],
	clip: [1e-6, 1e6],
	steps: [0, 1_000_000],
	pretrainingSteps: [1, 10_000],
	every: [1, 100_000],
	images: [1, 100_000],
	seed: [0, 2 ** 31 - 1]
} as const;

/** Bounds of experiments that are read. The settings of version 0.1.0 had wider ones; what it wrote still opens. */
export const READ_LIMITS = {
	...LIMITS,
	learningRate: [0, 10],
	momentum: [0, 1],
	weightDecay: [0, 1]
} as const;
