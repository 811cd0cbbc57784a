/** What to look for in each preset, and how long it takes to show; only the lab loads these texts. */
import {
	CHECKED_SEEDS,
	checkedDepth,
	isPresetName,
	laneKind,
	OUTCOMES,
	PRESETS,
	timeUntil,
	type Experiment,
	type Pace,
	type PresetName
} from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatDuration } from './format';

const HINTS: { readonly [P in PresetName]: () => string } = {
	degradation: m.hint_degradation,
	depths: m.hint_depths,
	rounding: m.hint_rounding,
	road: m.hint_road,
	'road-norm': m.hint_road_norm,
	successors: m.hint_successors,
	vanishing: m.hint_vanishing,
	exploding: m.hint_exploding,
	'rescue-relu': m.hint_rescue_relu,
	'rescue-init': m.hint_rescue_init,
	'rescue-norm': m.hint_rescue_norm,
	'rescue-pretraining': m.hint_rescue_pretraining,
	'zero-residual': m.hint_zero_residual,
	switching: m.hint_switching,
	lesion: m.hint_lesion,
	ignored: m.hint_ignored,
	landscape: m.hint_landscape
};

/** The preset that an experiment is from, if its networks still are of the preset's kinds; else null. */
function presetOf({ preset, lanes }: Experiment): PresetName | null {
	if (!isPresetName(preset)) return null;
	const own = PRESETS[preset](checkedDepth(preset)).lanes;
	const same = lanes.every(
		(lane, i) => own[i] && laneKind(lane.network) === laneKind(own[i].network)
	);
	return same && own.length === lanes.length ? preset : null;
}

/** The hint on what to look for in a preset; empty for an experiment that is not one. */
export function presetHint(experiment: Experiment): string {
	const preset = presetOf(experiment);
	return preset ? HINTS[preset]() : '';
}

/**
 * How long the present networks take to show a preset's outcome.
 * @param pace this machine's pace; null before it is measured
 */
export function presetTime(experiment: Experiment, pace: Pace | null): string {
	const preset = presetOf(experiment);
	if (!preset) return '';
	const { steps } = OUTCOMES[preset];
	const words = {
		steps: formatCount(steps),
		seeds: CHECKED_SEEDS,
		time: formatDuration(timeUntil(steps, experiment, pace)),
		depth: checkedDepth(preset)
	};
	return pace ? m.preset_time_here(words) : m.preset_time(words);
}
