/**
 * The network of a lane: the options of a class-sized family, without those that the experiment's images decide. Without
 * the name of a family it is of the CIFAR family, as in all earlier experiments.
 */
import type { ImageShape } from '$lib/base/image';
import {
	analyse,
	CIFAR_CLASSES,
	CIFAR_DEFAULTS,
	FAMILIES,
	isMiniName,
	networkOf,
	type CifarOptions,
	type FamilyOptions,
	type MiniName,
	type Network,
	type NetworkSpec,
	type ShortcutOption,
	type Spelling,
	type SpellingValue
} from '$lib/network';
import { LAB_DEPTHS } from '../depths';
import { PRETRAININGS } from '../limits';

/** The options that the images decide. */
type Given = 'size' | 'channels';
export type CifarLane = { readonly family?: undefined } & Omit<CifarOptions, Given>;
export type MiniLane = {
	readonly [F in MiniName]: { readonly family: F } & Omit<FamilyOptions[F], Given>;
}[MiniName];
export type LaneNetwork = CifarLane | MiniLane;

/** The member of the CIFAR family of the size used in class (8-16-32 channels). */
export const SMALL: CifarLane = {
	depth: 20,
	width: 8,
	shortcut: 'none',
	activation: CIFAR_DEFAULTS.activation,
	norm: 'batch',
	initialisation: 'he'
};

/** Options to change; a network takes those that its family has. */
export type LaneChange = Partial<Omit<CifarLane, 'family'>>;

/** A kind of network to choose for a lane: of the CIFAR family by its shortcuts, or another family. */
export type LaneKind = ShortcutOption | MiniName;

export const isCifar = (network: LaneNetwork): network is CifarLane => network.family === undefined;

export const laneKind = (network: LaneNetwork): LaneKind =>
	isCifar(network) ? network.shortcut : network.family;

/** Options of a network by name; those that decide its family, and its size, left out. */
type Options = Readonly<Record<string, SpellingValue | undefined>>;
function optionsOf({ family: _, ...options }: LaneNetwork): Options {
	return options;
}

/** A lane's network as the explorer's links name it. */
export function laneSpec(network: LaneNetwork, [size, , channels]: ImageShape): NetworkSpec {
	if (isCifar(network)) {
		const { family: _, ...options } = network;
		return { family: 'cifar', options: { ...options, size, channels } };
	}
	const { family, ...options } = network;
	return { family, options: { ...options, size, channels } } as NetworkSpec<MiniName>;
}

/** The description of a lane's network for images of the given shape. */
export const networkFor = (network: LaneNetwork, input: ImageShape): Network =>
	networkOf(laneSpec(network, input));

/** An input of any class-sized network, for what does not depend on it. */
export const ANY_INPUT: ImageShape = [32, 32, 3];
const anyOf = (network: LaneNetwork) => networkFor(network, ANY_INPUT);

export const depthOf = (network: LaneNetwork): number =>
	'depth' in network ? network.depth : anyOf(network).depth;

export const classesOf = ({ classes = CIFAR_CLASSES }: LaneNetwork): number => classes;

/** Number of its blocks, each with a gate. */
export const blockCount = (network: LaneNetwork): number =>
	isCifar(network) ? (network.depth - 2) / 2 : analyse(anyOf(network)).blocks.length;

/** Whether it has shortcuts to cut. */
export const hasShortcuts = (network: LaneNetwork): boolean =>
	isCifar(network)
		? network.shortcut !== 'none'
		: analyse(anyOf(network)).blocks.some(({ shortcut }) => shortcut !== null);

const spellingsOf = (family: MiniName) =>
	FAMILIES[family].spellings as Readonly<Record<string, Spelling>>;

/** The options of a family that the lab sets, with their notation; without those that the images decide. */
export const miniSpellings = (family: MiniName): [field: string, spelling: Spelling][] =>
	Object.entries(spellingsOf(family)).filter(([field]) => field !== 'size' && field !== 'channels');

/** The options that this family has beside those of all, with the values that it may take. */
export const ownSpellings = (family: MiniName): [field: string, spelling: Spelling][] =>
	miniSpellings(family).filter(([field]) => !(SHARED as readonly string[]).includes(field));
const SHARED = [
	'depth',
	'width',
	'activation',
	'norm',
	'initialisation',
	'classes',
	'dropout'
] as const;
/** An option that only some families have. */
export type OwnOption = {
	[F in MiniName]: Exclude<keyof FamilyOptions[F], (typeof SHARED)[number] | Given>;
}[MiniName];

/** The depths that a family has; none if it has one depth only. */
export function depthsOf(family: MiniName): number[] {
	const { depth } = spellingsOf(family);
	return depth && 'names' in depth.expected ? depth.expected.names.map(Number) : [];
}

/** The shallowest network of the same family with the same options; null if this is the one, or the family has one depth only. */
export function shallowest(network: LaneNetwork): LaneNetwork | null {
	const depth = isCifar(network) ? LAB_DEPTHS[0] : Math.min(...depthsOf(network.family));
	return depth < depthOf(network) ? changed(network, { depth }) : null;
}

/** The kinds of pre-training that a network can have; see `pretrainingStages`. */
export const pretrainingsOf = (network: LaneNetwork): readonly (typeof PRETRAININGS)[number][] =>
	shallowest(network) ? PRETRAININGS : ['layerwise'];

/** A network with some options changed: it takes those that its family has, and of a depth the nearest that it has. */
export function changed(network: LaneNetwork, change: LaneChange): LaneNetwork {
	if (isCifar(network)) {
		const { order, ...rest } = { ...network, ...change };
		return order && rest.shortcut !== 'none' ? { ...rest, order } : rest;
	}
	const before = optionsOf(network);
	const given: Options = {
		...change,
		...('classes' in change ? { classes: change.classes ?? CIFAR_CLASSES } : {}),
		...('dropout' in change ? { dropout: change.dropout ?? 0 } : {}),
		...(change.depth === undefined
			? {}
			: { depth: nearest(depthsOf(network.family), change.depth) })
	};
	const taken = Object.entries(given).filter(
		([field, value]) => field in before && value !== undefined
	);
	return { ...network, ...Object.fromEntries(taken) } as MiniLane;
}

/** A network of another kind, with what the two have in common: width, activation, initialisation, classes, and depth as near as can be. */
export function ofKind(network: LaneNetwork, kind: LaneKind): LaneNetwork {
	const { width, activation, initialisation, classes } = network;
	const common = { width, activation, initialisation, classes, depth: depthOf(network) };
	if (!isMiniName(kind)) {
		if (isCifar(network)) return changed(network, { shortcut: kind });
		const depth = 8 + 6 * Math.max(0, Math.round((common.depth - 8) / 6));
		const { classes: _, ...rest } = common;
		const cifar = { ...SMALL, ...rest, depth, shortcut: kind };
		return classesOf(network) === CIFAR_CLASSES ? cifar : { ...cifar, classes };
	}
	return changed(usualOf(kind), common);
}

/** The options of a family, some of them. */
export type MiniChange<F extends MiniName> = Partial<Omit<FamilyOptions[F], Given>>;

/** The usual member of a family, with some options changed. */
export function usualOf<F extends MiniName>(family: F, change: MiniChange<F> = {}): MiniLane {
	const { size: _, channels: __, ...options }: FamilyOptions[MiniName] = FAMILIES[family].defaults;
	return { family, ...options, ...change } as unknown as MiniLane;
}

/** One of a family's own options changed. */
export const withOption = (network: MiniLane, field: string, value: SpellingValue): MiniLane =>
	({ ...network, [field]: value }) as MiniLane;

/** The value of one of a family's own options. */
export const optionOf = (network: MiniLane, field: string) => optionsOf(network)[field];

function nearest(values: readonly number[], wanted: number): number | undefined {
	return [...values].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0];
}
