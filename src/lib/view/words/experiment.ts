/** Names in an experiment: networks, their options, presets and recordings. */
import {
	depthOf,
	isCifar,
	isPresetName,
	laneKind,
	optionOf,
	ownSpellings,
	type Experiment,
	type Lane,
	type LaneKind,
	type OwnOption,
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
import { formatCount, formatLabel, formatList } from './format';
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
export function laneOptions({ network, pretraining, rounding }: Lane): string[] {
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
			: null,
		rounding ? m.rounding_away() : null
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

/** The name of each preset; its hint is in `presets.ts`. */
const PRESET_TITLES: { readonly [P in PresetName]: () => string } = {
	degradation: m.preset_degradation,
	depths: m.preset_depths,
	rounding: m.preset_rounding,
	road: m.preset_road,
	'road-norm': m.preset_road_norm,
	successors: m.preset_successors,
	vanishing: m.preset_vanishing,
	exploding: m.preset_exploding,
	'rescue-relu': m.preset_rescue_relu,
	'rescue-init': m.preset_rescue_init,
	'rescue-norm': m.preset_rescue_norm,
	'rescue-pretraining': m.preset_rescue_pretraining,
	'zero-residual': m.preset_zero_residual,
	switching: m.preset_switching,
	lesion: m.preset_lesion,
	ignored: m.preset_ignored,
	landscape: m.preset_landscape
};

export const presetName = (preset: string): string =>
	isPresetName(preset) ? PRESET_TITLES[preset]() : m.preset_own();
