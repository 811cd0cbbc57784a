/** The bounds of an experiment: of what the settings offer, and of what is read. */
import { CIFAR_BOUNDS, MAX_DROPOUT } from '$lib/network';
import { MAX_LAB_DEPTH } from '../depths';
import type { Experiment } from './schema';

export const MAX_LANES = 4;

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

/** A value that an experiment may have, but the settings do not offer. */
export interface UnusualValue {
	/** Its place in the experiment, such as `recipe.momentum`. */
	readonly path: string;
	readonly value: number;
	readonly bounds: readonly [least: number, most: number];
}

/** The values of an experiment that the settings do not offer. */
export function unusualValues({ recipe, lanes }: Experiment): UnusualValue[] {
	const found: UnusualValue[] = (['learningRate', 'momentum', 'weightDecay'] as const).map(
		(key) => ({ path: `recipe.${key}`, value: recipe[key], bounds: LIMITS[key] })
	);
	for (const [i, { network }] of lanes.entries())
		found.push({
			path: `lanes.${i}.network.depth`,
			value: network.depth,
			bounds: [8, MAX_LAB_DEPTH]
		});
	return found.filter(({ value, bounds: [least, most] }) => value < least || value > most);
}
