/** Names in an experiment: networks, their options, presets and recordings. */
import {
	checkedDepth,
	depthOf,
	isCifar,
	isPresetName,
	laneKind,
	optionOf,
	ownSpellings,
	OUTCOMES,
	PRESETS,
	timeUntil,
	type Experiment,
	type Lane,
	type LaneKind,
	type OwnOption,
	type Pace,
	type PairKind,
	type PresetName,
	type Pretraining,
	type ShippedRecording
} from '$lib/lab';
import {
	FAMILIES,
	isMiniName,
	type Initialisation,
	type MiniName,
	type OptionProblem
} from '$lib/network';
import { m } from '$lib/paraglide/messages';
import { formatCount, formatDuration, formatLabel, formatList } from './format';
import { activationName, normOption } from './graph';
import { expectedText } from './links';

type OptionValueProblem = OptionProblem & { readonly code: 'option-value' };

/** The class-sized families: as a kind to choose, and as the name of a network with its depth. */
const FAMILY_WORDS: { readonly [F in MiniName]: { kind(): string; name(depth: number): string } } =
	{
		'alexnet-mini': { kind: () => 'AlexNet', name: () => 'AlexNet' },
		'vgg-mini': { kind: () => 'VGG', name: (depth) => `VGG-${depth}` },
		'googlenet-mini': { kind: () => 'GoogLeNet', name: () => 'GoogLeNet' },
		'bottleneck-mini': {
			kind: m.family_bottleneck,
			name: (depth) => m.lane_name_bottleneck({ depth })
		},
		'highway-mini': { kind: m.family_highway, name: (depth) => m.lane_name_highway({ depth }) },
		'wide-mini': { kind: m.family_wide, name: (depth) => m.lane_name_wide({ depth }) },
		'stochastic-mini': {
			kind: m.family_stochastic,
			name: (depth) => m.lane_name_stochastic({ depth })
		},
		'resnext-mini': { kind: () => 'ResNeXt', name: (depth) => `ResNeXt-${depth}` },
		'densenet-mini': { kind: () => 'DenseNet', name: (depth) => `DenseNet-${depth}` },
		'se-mini': { kind: m.family_se, name: (depth) => `SE-${depth}` },
		'rezero-mini': { kind: m.family_rezero, name: (depth) => `ReZero-${depth}` }
	};

/** A kind of network to choose. */
export function laneKindName(kind: LaneKind): string {
	if (isMiniName(kind)) return FAMILY_WORDS[kind].kind();
	return kind === 'none' ? m.kind_plain() : m.kind_residual({ option: kind });
}

/** Names of the options that only some families have, by the options' fields. */
const OPTION_NAMES: { readonly [O in OwnOption]: () => string } = {
	lrn: m.own_lrn,
	aux: m.own_aux,
	groups: m.own_cardinality,
	growth: m.own_growth,
	survival: m.own_survival,
	scale: m.own_scale,
	penalty: m.read_penalty,
	reduction: m.own_reduction,
	bias: m.own_bias,
	factor: m.own_widen
};
export const ownOptionName = (field: string): string => OPTION_NAMES[field as OwnOption]();

/** Why a network cannot have the value of an option. */
export const optionProblemText = ({ option, value, expected }: OptionValueProblem): string =>
	m.settings_option_value({
		option: OPTION_NAMES[option as OwnOption]?.() ?? option,
		value,
		expected: expectedText(expected)
	});

/** A lane's name, such as `plain-56` or `residual-56`; in Chinese `普通-56`, `残差-56`. */
function laneName({ network }: Lane): string {
	const depth = depthOf(network);
	if (!isCifar(network)) return FAMILY_WORDS[network.family].name(depth);
	return network.shortcut === 'none'
		? m.lane_name_plain({ depth })
		: m.lane_name_residual({ depth });
}

/**
 * The names of all lanes of an experiment; lanes of the same depth and kind get their options or a number.
 */
export function laneNames({ lanes }: Pick<Experiment, 'lanes'>): string[] {
	const names = lanes.map(laneName);
	return names.map((name, i) => {
		const same = names.flatMap((other, j) => (other === name ? [j] : []));
		return same.length > 1 ? m.lane_numbered({ name, number: same.indexOf(i) + 1 }) : name;
	});
}

/** The options in which a lane differs from the paper's networks, such as `sigmoid · no normalisation`. */
export function laneOptions({ network, pretraining }: Lane): string[] {
	const { activation, norm, initialisation } = network;
	const dropout = 'dropout' in network ? network.dropout : undefined;
	const kind = laneKind(network);
	return [
		kind === 'B' || kind === 'C' ? laneKindName(kind) : null,
		...ownOptions(network),
		activation === 'relu' ? null : activationName(activation),
		normOption(norm),
		initialisation === 'he'
			? null
			: m.option_initialisation({ name: initialisationName(initialisation) }),
		dropout ? m.option_dropout({ rate: dropout }) : null,
		pretraining
			? PRETRAININGS[pretraining.kind].option({ steps: formatCount(pretraining.steps) })
			: null
	].filter((text) => text !== null);
}

/** The kinds of pre-training: as a choice, and as an option of a network with its steps. */
const PRETRAININGS: {
	readonly [K in Pretraining['kind']]: { name(): string; option(words: { steps: string }): string };
} = {
	shallower: { name: m.pretraining_shallower, option: m.option_pretrained_shallower },
	layerwise: { name: m.pretraining_layerwise, option: m.option_pretrained_layerwise }
};
export const pretrainingName = (kind: Pretraining['kind']): string => PRETRAININGS[kind].name();

/** Says of which networks there is no shallower one. */
export const noShallowerText = (names: readonly string[]): string =>
	m.pretraining_no_shallower({ names: formatList(names) });

/** The options that only its family has, where they differ from the usual ones. */
function ownOptions(network: Lane['network']): string[] {
	if (isCifar(network)) return network.order ? [m.option_pre()] : [];
	const usual: Readonly<Record<string, unknown>> = { ...FAMILIES[network.family].defaults };
	return ownSpellings(network.family).flatMap(([field]) => {
		const value = optionOf(network, field);
		return value === undefined || value === usual[field]
			? []
			: [formatLabel(ownOptionName(field), String(value))];
	});
}

/** Names of initialisations; the same in every language. */
export function initialisationName(initialisation: Initialisation): string {
	return {
		he: 'He',
		xavier: 'Xavier',
		'small-normal': 'σ = 0.01',
		'twice-he': '2 × He',
		'zero-residual': 'zero-residual'
	}[initialisation];
}

/** Names of the two kinds of networks that the lab compares. */
export function pairNames(): Record<PairKind, string> {
	return { plain: laneKindName('none'), residual: laneKindName('A') };
}

/** Title of a recorded run. */
export const recordingTitle = ({ preset, depth, steps }: ShippedRecording) =>
	m.recording_title({ name: presetName(preset), depth, steps: formatCount(steps) });

/** Name and hint of each preset. */
const PRESET_TEXTS = {
	degradation: { name: m.preset_degradation, hint: m.hint_degradation },
	depths: { name: m.preset_depths, hint: m.hint_depths },
	vanishing: { name: m.preset_vanishing, hint: m.hint_vanishing },
	exploding: { name: m.preset_exploding, hint: m.hint_exploding },
	'rescue-relu': { name: m.preset_rescue_relu, hint: m.hint_rescue_relu },
	'rescue-init': { name: m.preset_rescue_init, hint: m.hint_rescue_init },
	'rescue-norm': { name: m.preset_rescue_norm, hint: m.hint_rescue_norm },
	'rescue-pretraining': { name: m.preset_rescue_pretraining, hint: m.hint_rescue_pretraining },
	'zero-residual': { name: m.preset_zero_residual, hint: m.hint_zero_residual },
	switching: { name: m.preset_switching, hint: m.hint_switching },
	lesion: { name: m.preset_lesion, hint: m.hint_lesion },
	landscape: { name: m.preset_landscape, hint: m.hint_landscape }
} satisfies Record<PresetName, { name: () => string; hint: () => string }>;

export const presetName = (preset: string): string =>
	isPresetName(preset) ? PRESET_TEXTS[preset].name() : m.preset_own();

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
	return preset ? PRESET_TEXTS[preset].hint() : '';
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
		time: formatDuration(timeUntil(steps, experiment, pace)),
		depth: checkedDepth(preset)
	};
	return pace ? m.preset_time_here(words) : m.preset_time(words);
}
