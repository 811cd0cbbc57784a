/**
 * The experiments offered by name, and what each of them is to show. That it shows it, with two seeds and in PyTorch too,
 * is checked by `npm run presets`, whose results are in `docs/presets.json`.
 */
import type { ImageShape } from '$lib/base/image';
import { lane, type Experiment, type LaneChange } from './experiment';

function experiment(
	preset: string,
	lanes: LaneChange[],
	recipe: Partial<Experiment['recipe']> = {}
): Experiment {
	return {
		version: 1,
		preset,
		lanes: lanes.map(lane),
		data: { set: 'fashion-mnist', halve: true, augment: false },
		recipe: { batch: 64, learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4, ...recipe },
		evaluation: { every: 25, images: 500 },
		seed: 1
	};
}

const unnormalised: LaneChange = { norm: 'none' };
/** Networks without normalisation that learn at all do so with this learning rate. */
const gentle = { learningRate: 0.02 };

const pair = (depth: number, change: LaneChange = {}): LaneChange[] => [
	{ ...change, depth, shortcut: 'none' },
	{ ...change, depth, shortcut: 'A' }
];

/** What the networks of all presets see: halved pictures of Fashion-MNIST. */
export const PRESET_INPUT: ImageShape = [16, 16, 1];

/** As the lab offers them. */
export const PRESET_GROUPS = {
	depth: ['degradation', 'depths'],
	gradients: [
		'vanishing',
		'exploding',
		'rescue-relu',
		'rescue-init',
		'rescue-norm',
		'zero-residual'
	],
	shortcuts: ['switching', 'lesion', 'landscape']
} as const;

/** Each a function of the depth of its deepest networks. */
export const PRESETS = {
	/** Plain beside residual at one depth: fifty steps show the degradation. */
	degradation: (depth: number) => experiment('degradation', pair(depth)),
	/** Shallow and deep, plain and residual: only the deep plain network falls behind. */
	depths: (depth: number) =>
		experiment('depths', [
			{ depth: 8, shortcut: 'none' },
			{ depth, shortcut: 'none' },
			{ depth: 8, shortcut: 'A' },
			{ depth, shortcut: 'A' }
		]),
	/** Sigmoid without normalisation: gradients vanish towards the input, with shortcuts too. */
	vanishing: (depth: number) =>
		experiment(
			'vanishing',
			pair(depth, { ...unnormalised, activation: 'sigmoid', initialisation: 'xavier' })
		),
	/** Weights drawn twice too wide, without normalisation: gradients explode, then NaN. */
	exploding: (depth: number) =>
		experiment('exploding', pair(depth, { ...unnormalised, initialisation: 'twice-he' }), gentle),
	/** ReLU and He in place of sigmoid and Xavier: the gradient reaches the first layer, and the network learns. */
	'rescue-relu': (depth: number) =>
		experiment(
			'rescue-relu',
			[
				{
					...unnormalised,
					depth,
					shortcut: 'none',
					activation: 'sigmoid',
					initialisation: 'xavier'
				},
				{ ...unnormalised, depth, shortcut: 'none', activation: 'relu', initialisation: 'he' }
			],
			gentle
		),
	/** He's initialisation in place of small weights. */
	'rescue-init': (depth: number) =>
		experiment(
			'rescue-init',
			[
				{ ...unnormalised, depth, shortcut: 'none', initialisation: 'small-normal' },
				{ ...unnormalised, depth, shortcut: 'none', initialisation: 'he' }
			],
			gentle
		),
	/** Batch normalisation: weights drawn twice too wide no longer explode. */
	'rescue-norm': (depth: number) =>
		experiment(
			'rescue-norm',
			[
				{ ...unnormalised, depth, shortcut: 'none', initialisation: 'twice-he' },
				{ norm: 'batch', depth, shortcut: 'none', initialisation: 'twice-he' }
			],
			gentle
		),
	/** No normalisation: a residual branch that starts at 0 lets the deep network train all the same. */
	'zero-residual': (depth: number) =>
		experiment(
			'zero-residual',
			[
				{ ...unnormalised, depth, shortcut: 'A', initialisation: 'he' },
				{ ...unnormalised, depth, shortcut: 'A', initialisation: 'zero-residual' }
			],
			gentle
		),
	/** All shortcuts of one of two equal networks are cut in mid-training, and restored. */
	switching: (depth: number) => ({
		...experiment('switching', [
			{ depth, shortcut: 'A' },
			{ depth, shortcut: 'A' }
		]),
		plan: [
			{ after: 100, lane: 1, gate: 0 },
			{ after: 150, lane: 1, gate: 1 }
		]
	}),
	/** Trained networks without one block each. */
	lesion: (depth: number) => experiment('lesion', pair(depth)),
	/** The loss around trained weights. */
	landscape: (depth: number) => experiment('landscape', pair(depth))
} satisfies Record<string, (depth: number) => Experiment>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

export function isPresetName(name: string): name is PresetName {
	return Object.hasOwn(PRESETS, name);
}

/** What a network of a preset has come to, with the numbers that an outcome is judged by. */
export interface PresetResult {
	/** Mean training error of the last 20 steps, 0…1; null where the network has stopped. */
	readonly error: number | null;
	/** Step whose numbers were no longer finite; null where all were. */
	readonly stopped: number | null;
	/** Gradient norms of the first and the last layer's kernel at step 1. */
	readonly first: number;
	readonly last: number;
	/** Mean training error of every 10 steps, 0…1; ends where the network stops. */
	readonly trace: readonly number[];
	/** Median test error without one block, 0…1, of the blocks that can be removed; null where that was not asked. */
	readonly lesion: number | null;
}

/** When a preset is judged, and what must then hold; networks in the order of its lanes. */
export interface Outcome {
	/** At this depth it was checked; null: at any that the machine is fast enough for. */
	readonly depth: number | null;
	readonly steps: number;
	/** Test errors without each block are needed. */
	readonly lesion?: true;
	readonly holds: (lanes: readonly PresetResult[]) => boolean;
}

/**
 * At which depth a preset was checked that is to hold at any.
 * @public tools take it
 */
export const USUAL_DEPTH = 20;
export const checkedDepth = (name: PresetName): number => OUTCOMES[name].depth ?? USUAL_DEPTH;

/** A network that has stopped is as wrong as one can be. */
const errorOf = ({ error }: PresetResult) => error ?? 1;
const lesionOf = ({ lesion }: PresetResult) => lesion ?? NaN;
const ratio = ({ first, last }: PresetResult) => first / last;
/** The last of the ten-step means that end by a step. */
const around = ({ trace }: PresetResult, step: number) => trace[step / 10 - 1] ?? 1;

export const OUTCOMES: Record<PresetName, Outcome> = {
	degradation: {
		depth: null,
		steps: 150,
		holds: ([plain, residual]) => errorOf(plain) > errorOf(residual) + 0.03
	},
	depths: {
		depth: 56,
		steps: 100,
		holds: ([shallowPlain, plain, shallowResidual, residual]) =>
			errorOf(plain) > errorOf(shallowPlain) + 0.2 &&
			errorOf(residual) < errorOf(shallowResidual) + 0.1
	},
	vanishing: {
		depth: 20,
		steps: 60,
		holds: ([plain, residual]) => ratio(plain) < 1e-9 && ratio(residual) < 1e-4
	},
	exploding: {
		depth: 20,
		steps: 10,
		holds: (lanes) => lanes.every(({ stopped, first }) => stopped !== null && first > 1000)
	},
	'rescue-relu': {
		depth: 14,
		steps: 200,
		holds: ([sigmoid, relu]) =>
			ratio(sigmoid) < 1e-7 && ratio(relu) > 0.01 && errorOf(relu) < errorOf(sigmoid) - 0.2
	},
	'rescue-init': {
		depth: 14,
		steps: 200,
		holds: ([small, he]) =>
			small.first < 1e-12 && he.first > 0.01 && errorOf(he) < errorOf(small) - 0.2
	},
	'rescue-norm': {
		depth: 20,
		steps: 200,
		holds: ([without, norm]) => without.stopped !== null && errorOf(norm) < 0.5
	},
	'zero-residual': {
		depth: 20,
		steps: 200,
		holds: ([he, zero]) => errorOf(zero) < 0.6 && errorOf(he) > errorOf(zero) + 0.1
	},
	switching: {
		depth: 20,
		steps: 200,
		holds: ([whole, switched]) =>
			Math.abs(around(whole, 100) - around(switched, 100)) < 1e-3 &&
			around(switched, 110) > around(whole, 110) + 0.3 &&
			around(switched, 200) < around(whole, 200) + 0.1
	},
	lesion: {
		depth: 20,
		steps: 300,
		lesion: true,
		holds: ([plain, residual]) => lesionOf(plain) > lesionOf(residual) + 0.2
	},
	landscape: {
		depth: null,
		steps: 300,
		holds: ([plain, residual]) => errorOf(plain) > errorOf(residual)
	}
};
