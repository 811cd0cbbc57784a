/** The experiment of a sweep's run: what the values of its settings change. */
import { changeLanes, type Experiment } from './experiment';
import { PRESETS, USUAL_DEPTH } from './presets';
import type { SweepRun, SweepSpec } from '../studies/sweep/record';
import { SWEEP_SETTINGS, type SweepSetting } from '../studies/sweep/settings';

/** An experiment with another value of a setting; see `SWEEP_SETTINGS`. */
export const withSetting = (
	experiment: Experiment,
	setting: SweepSetting,
	value: number
): Experiment =>
	SWEEP_SETTINGS[setting].of === 'network'
		? changeLanes(experiment, { [setting]: value })
		: { ...experiment, recipe: { ...experiment.recipe, [setting]: value } };

/** Both kinds, as in the degradation preset but for the sweep's settings, evaluated once at the end. */
export const sweepExperiment = (
	{ axes, steps }: Pick<SweepSpec, 'axes' | 'steps'>,
	{ values, seed }: SweepRun
): Experiment =>
	axes.reduce<Experiment>((changed, { setting }, i) => withSetting(changed, setting, values[i]), {
		...PRESETS.degradation(USUAL_DEPTH),
		seed,
		evaluation: { every: steps, images: 100_000 }
	});
