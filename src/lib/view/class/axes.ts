/** The settings that a sweep of the class can vary, with the values that its form offers. */
import type { Axis, Grid, Setting } from '$lib/class';
import { LAB_DEPTHS } from '$lib/lab';
import { ACTIVATIONS, INITIALISATIONS, MINI_NAMES, NORMS } from '$lib/network';

export type Value = Axis['values'][number];

/** All values that are offered, and those chosen at first. */
export const OFFERED: {
	readonly [S in Setting]: { readonly all: readonly Value[]; readonly first: readonly Value[] };
} = {
	depth: { all: LAB_DEPTHS, first: [8, 14, 20, 32, 44, 56] },
	kind: { all: ['none', 'A', 'B', 'C', ...MINI_NAMES], first: ['none', 'A'] },
	width: { all: [2, 4, 8, 16, 32], first: [4, 8, 16] },
	norm: { all: NORMS, first: NORMS },
	activation: { all: ACTIVATIONS, first: ACTIVATIONS.slice(0, 2) },
	initialisation: { all: INITIALISATIONS, first: INITIALISATIONS.slice(0, 2) },
	learningRate: { all: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3], first: [0.01, 0.03, 0.1] },
	batch: { all: [8, 16, 32, 64, 128], first: [16, 64] }
};
export const SETTINGS = Object.keys(OFFERED) as Setting[];

/** An axis with the chosen values in the order in which they are offered. */
export const axisOf = (setting: Setting, chosen: readonly Value[]): Axis =>
	// The grid's schema checks that the values are the setting's.
	({ setting, values: OFFERED[setting].all.filter((value) => chosen.includes(value)) }) as Axis;

export const jobCount = ({ axes, seeds }: Pick<Grid, 'axes' | 'seeds'>): number =>
	axes.reduce((count, { values }) => count * values.length, seeds);
