/**
 * The presets: experiments offered by name, and the outcome that each is meant to show. `npm run presets` checks the
 * outcomes with ten seeds, here and in PyTorch, and writes them to `docs/presets.json`.
 */
import type { ImageShape } from '$lib/base/image';
import {
	changeLanes,
	lane,
	laneOf,
	newExperiment,
	withDepth,
	withPretraining,
	withRounding,
	type Experiment
} from './experiment';
import type { LaneChange } from './laneNetwork';

/** An experiment of plain and residual networks. */
const experiment = (
	preset: string,
	changes: LaneChange[],
	recipe?: Partial<Experiment['recipe']>
) => newExperiment(preset, changes.map(lane), recipe);

const unnormalised: LaneChange = { norm: 'none' };
/** A learning rate at which networks without normalisation can learn, if they learn at all. */
const gentle = { learningRate: 0.02 };

const pair = (depth: number, change: LaneChange = {}): LaneChange[] => [
	{ ...change, depth, shortcut: 'none' },
	{ ...change, depth, shortcut: 'A' }
];

/** Lanes of several families, at a learning rate at which those without normalisation learn too. */
const families = (preset: string, lanes: Experiment['lanes']): Experiment => ({
	...experiment(preset, [], gentle),
	lanes
});

/** Input `[H, W, C]` of the networks in all presets: images of Fashion-MNIST at half size, padded. */
export const PRESET_INPUT: ImageShape = [16, 16, 1];

/** The presets in the groups and the order in which the lab lists them. */
export const PRESET_GROUPS = {
	depth: ['degradation', 'depths', 'rounding'],
	architectures: ['road', 'road-norm', 'successors'],
	gradients: [
		'vanishing',
		'exploding',
		'rescue-relu',
		'rescue-init',
		'rescue-norm',
		'rescue-pretraining',
		'zero-residual'
	],
	shortcuts: ['switching', 'lesion', 'ignored', 'landscape']
} as const;

/** The presets by name; each is a function of its depth (`experimentDepth`). */
export const PRESETS = {
	/** Plain against residual at one depth: fifty steps show the degradation. */
	degradation: (depth: number) => experiment('degradation', pair(depth)),
	/** Shallow and deep, plain and residual: only the deep plain network falls behind. */
	depths: (depth: number) =>
		experiment('depths', [
			{ depth: 8, shortcut: 'none' },
			{ depth, shortcut: 'none' },
			{ depth: 8, shortcut: 'A' },
			{ depth, shortcut: 'A' }
		]),
	/** Each network twice, from starting weights that differ by one rounding: what rounding alone does. */
	rounding: (depth: number) => {
		const lanes = pair(depth).flatMap((change) =>
			[false, true].map((away) => withRounding(lane(change), away))
		);
		return { ...experiment('rounding', []), lanes };
	},
	/** The road to depth: relatives of AlexNet, VGG, GoogLeNet and ResNet on the same images. */
	road: (depth: number) =>
		families('road', [
			laneOf('alexnet-mini'),
			laneOf('vgg-mini', { depth: 11 }),
			laneOf('googlenet-mini'),
			lane({ depth, shortcut: 'A' })
		]),
	/** One change at a time on that road: GoogLeNet and ResNet, each without and with batch normalisation. */
	'road-norm': (depth: number) =>
		families('road-norm', [
			laneOf('googlenet-mini'),
			laneOf('googlenet-mini', { norm: 'batch' }),
			lane({ ...unnormalised, depth, shortcut: 'A' }),
			lane({ depth, shortcut: 'A' })
		]),
	/** What came after: learned gates, concatenation, weighted channels, and one learned number for each block. */
	successors: (depth: number) =>
		withDepth(
			families('successors', [
				laneOf('highway-mini', { depth: 19 }),
				laneOf('densenet-mini', { depth: 19 }),
				laneOf('se-mini', { depth: 20 }),
				laneOf('rezero-mini', { depth: 20 })
			]),
			depth
		),
	/** Sigmoid without normalisation: gradients vanish towards the input, with shortcuts too. */
	vanishing: (depth: number) =>
		experiment(
			'vanishing',
			pair(depth, { ...unnormalised, activation: 'sigmoid', initialisation: 'xavier' })
		),
	/** Initial weights with twice the standard deviation, without normalisation: gradients explode and end in NaN. */
	exploding: (depth: number) =>
		experiment('exploding', pair(depth, { ...unnormalised, initialisation: 'twice-he' }), gentle),
	/** ReLU and He instead of sigmoid and Xavier: the gradient reaches the first layer, and the network learns. */
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
	/** He initialisation instead of small weights. */
	'rescue-init': (depth: number) =>
		experiment(
			'rescue-init',
			[
				{ ...unnormalised, depth, shortcut: 'none', initialisation: 'small-normal' },
				{ ...unnormalised, depth, shortcut: 'none', initialisation: 'he' }
			],
			gentle
		),
	/** Batch normalisation: with initial weights twice too wide, gradients no longer explode. */
	'rescue-norm': (depth: number) =>
		experiment(
			'rescue-norm',
			[
				{ ...unnormalised, depth, shortcut: 'none', initialisation: 'twice-he' },
				{ norm: 'batch', depth, shortcut: 'none', initialisation: 'twice-he' }
			],
			gentle
		),
	/**
	 * The 19 layers of VGG with weights too narrow for ReLU: random, or the trained layers of VGG-8. The latter has trained as
	 * long at step 300 as the former at step 800.
	 */
	'rescue-pretraining': (depth: number) => {
		const random = laneOf('vgg-mini', { depth: 19, initialisation: 'xavier' });
		const pretrained = withPretraining(random, { kind: 'shallower', steps: 500 });
		const base = experiment('rescue-pretraining', [], { learningRate: 0.01 });
		return changeLanes({ ...base, lanes: [random, pretrained] }, { depth });
	},
	/** Residual branches that start at 0: the deep network trains even without normalisation. */
	'zero-residual': (depth: number) =>
		experiment(
			'zero-residual',
			[
				{ ...unnormalised, depth, shortcut: 'A', initialisation: 'he' },
				{ ...unnormalised, depth, shortcut: 'A', initialisation: 'zero-residual' }
			],
			gentle
		),
	/** Of two equal networks, one has all its shortcuts cut during training and later restored. */
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
	/** Lesion study: test errors of trained networks with one block removed at a time. */
	lesion: (depth: number) => experiment('lesion', pair(depth)),
	/** One learned scale per block, without and with a penalty on its size: the network itself puts blocks aside. */
	ignored: (depth: number) => ({
		...experiment('ignored', [], gentle),
		lanes: [0, 0.08].map((penalty) => laneOf('rezero-mini', { depth, scale: 'skipinit', penalty }))
	}),
	/** The loss landscape around trained weights. */
	landscape: (depth: number) => experiment('landscape', pair(depth))
} satisfies Record<string, (depth: number) => Experiment>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

export function isPresetName(name: string): name is PresetName {
	return Object.hasOwn(PRESETS, name);
}

/** The result of one network of a preset: the numbers that decide whether its outcome holds. */
export interface PresetResult {
	/** Mean training error of the last 20 steps, 0…1; null if the network has stopped. */
	readonly error: number | null;
	/** First step with a number that is not finite, or null. */
	readonly stopped: number | null;
	/** Gradient norms of the first and the last layer's kernel at step 1. */
	readonly first: number;
	readonly last: number;
	/** Mean training errors over successive groups of 10 steps, 0…1; ends where the network stops. */
	readonly trace: readonly number[];
	/** Median test error with one block removed, 0…1, over all removable blocks; null if not measured. */
	readonly lesion: number | null;
	/** What the network has put aside by its learned scales; absent for networks without scales and where not measured. */
	readonly aside?: {
		/** Number of blocks put aside. */
		readonly blocks: number;
		/** Test errors with all blocks, and without the branches of those put aside, 0…1. */
		readonly whole: number;
		readonly without: number;
	};
}

/** When a preset is judged and what must hold then. Networks are in the order of its lanes. */
export interface Outcome {
	/** The one depth at which the outcome was checked; null if it is to hold at any depth. */
	readonly depth: number | null;
	readonly steps: number;
	/** The number of seeds, of those checked, with which it holds at least, here and in PyTorch; all when absent. */
	readonly least?: number;
	/** Set if the outcome needs the lesion study. */
	readonly lesion?: true;
	readonly holds: (lanes: readonly PresetResult[]) => boolean;
}

/**
 * The depth at which presets that hold at any depth are checked.
 * @public tools take it
 */
export const USUAL_DEPTH = 20;
export const checkedDepth = (name: PresetName): number => OUTCOMES[name].depth ?? USUAL_DEPTH;

/** A network that has stopped counts as wrong on every image. */
const errorOf = ({ error }: PresetResult) => error ?? 1;
const lesionOf = ({ lesion }: PresetResult) => lesion ?? NaN;
const ratio = ({ first, last }: PresetResult) => first / last;
/** The mean training error of the ten steps that end at the given step. */
const around = ({ trace }: PresetResult, step: number) => trace[step / 10 - 1] ?? 1;
/**
 * The largest difference between the training errors of two networks at any time, 0…1.
 * @public tests of what is said of it take it
 */
export const apart = (one: PresetResult, other: PresetResult): number =>
	Math.max(...one.trace.map((error, i) => Math.abs(error - (other.trace[i] ?? 1))));

/** With how many seeds, from 1 on, every outcome was checked here and in PyTorch. */
export const CHECKED_SEEDS = 10;

export const OUTCOMES: Record<PresetName, Outcome> = {
	degradation: {
		depth: null,
		steps: 150,
		holds: ([plain, residual]) => errorOf(plain) > errorOf(residual) + 0.02
	},
	depths: {
		depth: 56,
		steps: 100,
		holds: ([shallowPlain, plain, , residual]) =>
			errorOf(plain) > errorOf(shallowPlain) + 0.2 && errorOf(plain) > errorOf(residual) + 0.2
	},
	rounding: {
		depth: 56,
		steps: 150,
		holds: ([plain, plainAway, residual, residualAway]) =>
			apart(plain, plainAway) > 0.05 && Math.abs(errorOf(residual) - errorOf(residualAway)) < 0.04
	},
	road: {
		depth: 20,
		steps: 150,
		holds: ([alexnet, vgg, googlenet, residual]) =>
			[alexnet, vgg, googlenet].every((other) => errorOf(other) > errorOf(residual) + 0.04)
	},
	'road-norm': {
		depth: 20,
		steps: 150,
		holds: ([without, googlenet, residualWithout, residual]) =>
			errorOf(without) > errorOf(googlenet) + 0.04 &&
			errorOf(residualWithout) > errorOf(residual) + 0.3 &&
			Math.abs(errorOf(googlenet) - errorOf(residual)) < 0.06
	},
	successors: {
		depth: 20,
		steps: 150,
		holds: ([highway, dense, se, rezero]) =>
			[highway, rezero].every(
				(own) => errorOf(own) > Math.max(errorOf(dense), errorOf(se)) + 0.04 && errorOf(own) < 0.6
			)
	},
	vanishing: {
		depth: 20,
		steps: 60,
		holds: ([plain, residual]) => ratio(plain) < 1e-9 && ratio(residual) < 1e-4
	},
	exploding: {
		depth: 20,
		steps: 10,
		least: 9,
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
		least: 9,
		holds: ([without, norm]) => without.stopped !== null && errorOf(norm) < 0.5
	},
	'rescue-pretraining': {
		depth: 19,
		steps: 300,
		least: 9,
		holds: ([random, pretrained]) => errorOf(random) > errorOf(pretrained) + 0.1
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
	ignored: {
		depth: 20,
		steps: 200,
		lesion: true,
		least: 8,
		holds: ([free, penalised]) =>
			free.aside !== undefined &&
			penalised.aside !== undefined &&
			penalised.aside.blocks >= free.aside.blocks + 3 &&
			Math.abs(penalised.aside.without - penalised.aside.whole) < 0.02 &&
			penalised.aside.whole < free.aside.whole + 0.15
	},
	landscape: {
		depth: null,
		steps: 300,
		holds: ([plain, residual]) => errorOf(plain) > errorOf(residual)
	}
};
