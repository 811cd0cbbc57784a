/**
 * The CIFAR family of He et al. 2015, §4.2: 6n + 2 layers in three stages of n basic blocks,
 * plain or residual. Turns a few options into a network description.
 */
import type { ImageShape } from '$lib/base/image';
import {
	INITIALISATIONS,
	type Initialisation,
	type Network,
	type ShortcutOption
} from '../description';
import { ACTIVATIONS, NORMALISATIONS, NORMS, type Activation, type Norm } from '../ops';
import { among, decimal, whole, type Family } from './family';
import { basicBranch, NOT_PLAIN, ResidualBuilder } from './residual';

/** The options that identify a member of the family. Plain data, which experiments and links contain. */
export interface CifarOptions {
	/** 6n + 2 with n ≥ 1: 8, 14, 20, … 1202. */
	readonly depth: number;
	/** Channels of the first stage; the second has twice, the third four times as many. 16 in the paper. */
	readonly width: number;
	/** Height and width of the square input. 32 in the paper. */
	readonly size: number;
	/** Channels of the input. 3 in the paper. */
	readonly channels: number;
	readonly shortcut: ShortcutOption;
	readonly activation: Activation;
	readonly norm: Norm;
	readonly initialisation: Initialisation;
	/** Set to put normalisation and activation before each convolution (He et al. 2016) instead of after it. */
	readonly order?: 'pre';
	/** Dropout rate between pooling and dense layer, where GoogLeNet has it too; no dropout when absent. */
	readonly dropout?: number;
	/** Number of classes; 10 when absent, as in the paper. */
	readonly classes?: number;
}

/** The paper's residual network with 20 layers. */
export const CIFAR_DEFAULTS: CifarOptions = {
	depth: 20,
	width: 16,
	size: 32,
	channels: 3,
	shortcut: 'A',
	activation: 'relu',
	norm: 'batch',
	initialisation: 'he'
};

const MAX_CIFAR_DEPTH = 1202;
export const MAX_DROPOUT = 0.9;
export const CIFAR_CLASSES = 10;
const MAX_CLASSES = 100;

/** Bounds of the family's other options, least and most. */
export const CIFAR_BOUNDS = {
	width: [1, 1024],
	size: [4, 256],
	channels: [1, 16],
	dropout: [0, MAX_DROPOUT],
	classes: [2, MAX_CLASSES]
} as const;

/** Whether the family has a member of this depth: 6n + 2, from 8 to 1202. */
export function isCifarDepth(depth: number): boolean {
	return Number.isInteger(depth) && depth >= 8 && depth <= MAX_CIFAR_DEPTH && (depth - 2) % 6 === 0;
}

/** The name in links and on the command line: `cifar-plain-56`, `cifar-resnet-56`. */
export function cifarName(options: Pick<CifarOptions, 'depth' | 'shortcut'>): string {
	return `cifar-${options.shortcut === 'none' ? 'plain' : 'resnet'}-${options.depth}`;
}

/**
 * Builds the description of one plain or residual network.
 * @throws RangeError naming the option, its value and what is allowed
 */
export function cifarNetwork(options: CifarOptions): Network {
	check(options);
	const { depth, width, size, channels, shortcut, activation, norm } = options;
	const { classes = CIFAR_CLASSES } = options;
	const input: ImageShape = [size, size, channels];
	const pre = options.order === 'pre';
	const b = new ResidualBuilder({ shortcut, activation, norm, pre });

	b.small({
		width,
		count: (depth - 2) / 6,
		branch: (s, stride) => basicBranch(width * 2 ** s, stride),
		classes,
		dropout: options.dropout
	});
	return b.network({
		name: cifarName(options),
		depth,
		input,
		classes,
		initialisation: options.initialisation
	});
}

function check({ depth, shortcut, order, ...options }: CifarOptions): void {
	if (order === 'pre' && shortcut === 'none')
		throw new RangeError('order pre: it is one of residual networks');
	if (!isCifarDepth(depth))
		throw new RangeError(`depth ${depth}: a CIFAR network has 6n + 2 layers, 8 to 1202`);
	for (const [name, [least, most]] of Object.entries(CIFAR_BOUNDS)) {
		const value = options[name as keyof typeof CIFAR_BOUNDS];
		const whole = name !== 'dropout';
		if (value === undefined || (value >= least && value <= most && (!whole || value % 1 === 0)))
			continue;
		throw new RangeError(
			`${name} ${value}: expected a ${whole ? 'whole ' : ''}number from ${least} to ${most}`
		);
	}
}

/** The paper's depths, and small ones that train within a class. */
const USUAL_DEPTHS = [8, 14, 20, 26, 32, 44, 56, 110, 1202];

/** The notation of the options that all class-sized families share. */
export const STYLE_SPELLINGS = {
	activation: among(ACTIVATIONS),
	norm: among(NORMS, (norm) => NORMALISATIONS[norm].option),
	initialisation: { name: 'init', ...among(INITIALISATIONS) }
};

export const cifar: Family<CifarOptions> = {
	source: 'He et al. 2015, arXiv:1512.03385, section 4.2',
	spellings: {
		width: whole(CIFAR_BOUNDS.width),
		size: whole(CIFAR_BOUNDS.size),
		channels: whole(CIFAR_BOUNDS.channels),
		shortcut: among(['A', 'B', 'C']),
		order: { absent: 'post', ...among(['post', 'pre']) },
		...STYLE_SPELLINGS,
		dropout: { absent: 0, ...decimal(CIFAR_BOUNDS.dropout) },
		classes: { absent: CIFAR_CLASSES, ...whole(CIFAR_BOUNDS.classes) }
	},
	defaults: CIFAR_DEFAULTS,
	offered: (['none', 'A'] as const).flatMap((shortcut) =>
		USUAL_DEPTHS.map((depth) => cifarName({ depth, shortcut }))
	),
	member(base) {
		const [, kind, digits] = /^cifar-(plain|resnet)-([1-9]\d*)$/.exec(base) ?? [];
		if (!isCifarDepth(Number(digits))) return null;
		return { depth: Number(digits), ...(kind === 'plain' ? { shortcut: 'none' } : {}) };
	},
	base: cifarName,
	unfit: ({ shortcut }) => new Map(shortcut === 'none' ? NOT_PLAIN : []),
	build: cifarNetwork
};
