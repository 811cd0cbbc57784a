/** The bounds of an experiment. */
import { MAX_DROPOUT } from '$lib/network';

export const MAX_LANES = 4;

/** Bounds [least, most] that the page's controls share with the checks of files and links. */
export const LIMITS = {
	width: [1, 64],
	batch: [1, 512],
	learningRate: [0, 10],
	dropout: [0, MAX_DROPOUT],
	clip: [1e-6, 1e6],
	steps: [0, 1_000_000],
	seed: [0, 2 ** 31 - 1]
} as const;
