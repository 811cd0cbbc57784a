/** The learning rate of each step: a warm-up from near 0, then constant, in drops, or along a cosine. */
import type { Recipe } from '$lib/engine/engine';
import type { Experiment } from './experiment';

export type Schedule = NonNullable<Experiment['recipe']['schedule']>;

/**
 * @param rate the learning rate that the user set and the schedule scales
 * @param step counted from 1
 */
export function learningRateAt(
	{ schedule, warmUp = 0 }: Pick<Experiment['recipe'], 'schedule' | 'warmUp'>,
	rate: number,
	step: number
): number {
	const warm = rate * Math.min(1, step / (warmUp + 1));
	switch (schedule?.kind) {
		case undefined:
			return warm;
		case 'drops':
			return warm / 10 ** schedule.after.filter((drop) => step > drop).length;
		case 'cosine':
			return warm * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, (step - 1) / schedule.steps)));
	}
}

/** The recipe that the engine gets for one step. */
export function recipeAt(recipe: Experiment['recipe'], rate: number, step: number): Recipe {
	const { momentum, weightDecay, optimiser, clip } = recipe;
	return {
		learningRate: learningRateAt(recipe, rate, step),
		momentum,
		weightDecay,
		optimiser,
		clip,
		step
	};
}
