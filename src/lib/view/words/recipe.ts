/** Names and texts of a recipe's settings. */
import type { Experiment } from '$lib/lab';
import { m } from '$lib/paraglide/messages';

type Recipe = Experiment['recipe'];
export type Optimiser = NonNullable<Recipe['optimiser']>;

/** Names of the optimisers, and their default learning rates. */
export const OPTIMISER_CHOICES: {
	readonly [O in Optimiser]: { readonly name: () => string; readonly rate: number };
} = {
	sgd: { name: m.optimiser_sgd, rate: 0.03 },
	adam: { name: m.optimiser_adam, rate: 0.001 },
	adamw: { name: m.optimiser_adamw, rate: 0.001 },
	rmsprop: { name: m.optimiser_rmsprop, rate: 0.001 }
};

export const optimiserName = ({ optimiser = 'sgd' }: Recipe): string =>
	OPTIMISER_CHOICES[optimiser].name();
