/** The settings that a sweep of the class can vary, with the values that its form offers. */
import type { Axis, Setting } from '$lib/class';
import { SWEEP_SETTINGS } from '$lib/lab';
import { ACTIVATIONS, INITIALISATIONS, MINI_NAMES, NORMS } from '$lib/network';

export type Value = Axis['values'][number];

/** All values that are offered, and those chosen at first. */
export const OFFERED: {
	readonly [S in Setting]: { readonly all: readonly Value[]; readonly first: readonly Value[] };
} = {
	...SWEEP_SETTINGS,
	kind: { all: ['none', 'A', 'B', 'C', ...MINI_NAMES], first: ['none', 'A'] },
	norm: { all: NORMS, first: NORMS },
	activation: { all: ACTIVATIONS, first: ACTIVATIONS.slice(0, 2) },
	initialisation: { all: INITIALISATIONS, first: INITIALISATIONS.slice(0, 2) }
};
export const SETTINGS = Object.keys(OFFERED) as Setting[];

/** An axis with the chosen values in the order in which they are offered. */
export const axisOf = (setting: Setting, chosen: readonly Value[]): Axis =>
	// The grid's schema checks that the values are the setting's.
	({ setting, values: OFFERED[setting].all.filter((value) => chosen.includes(value)) }) as Axis;
