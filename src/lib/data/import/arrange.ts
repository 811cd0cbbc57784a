/**
 * From what was found and what was chosen: which images are kept, in which part, in which order, as what. Everything here
 * is decided by the files' contents, their paths and the choices, so that every browser makes the same set.
 */
import { hashOf } from '$lib/base/hashBytes';
import { inProportion, shuffled } from '../order';
import { OWN } from '../catalogue';
import type { Split } from '../manifest';
import type { Choices } from './choices';
import { Leavings, type Found } from './found';
import { ImportError, type LeftOut, type Warning } from './problem';
import { BACKGROUNDS, TURNS, type Background, type ImageOptions, type Turn } from './raster';

export interface ClassCount {
	readonly name: string;
	readonly train: number;
	readonly test: number;
}

/** A set as it would be kept: what the user sees before. */
export interface Card {
	readonly id: string;
	readonly title: string;
	readonly source: string;
	readonly classes: readonly ClassCount[];
	readonly image: ImageOptions;
	readonly leftOut: readonly LeftOut[];
	readonly warnings: readonly Warning[];
	/** What can be chosen. */
	readonly options: {
		readonly labellings: readonly { readonly name: string; readonly classes: readonly string[] }[];
		readonly sets: readonly string[];
		readonly sides: readonly number[];
		readonly turns: readonly Turn[];
		readonly backgrounds: readonly Background[];
	};
	readonly labelling: string;
	readonly set: string;
}

export interface Arrangement {
	readonly card: Card;
	/** Numbers of the images in the order in which they are written. */
	readonly order: Int32Array;
	readonly labels: Int32Array;
	/** By number of image. */
	readonly splits: readonly (Split | null)[];
}

export const CLASS_LIMITS = { fewest: 2, most: 256 } as const;
const SIDE_LIMITS = { least: 4, most: 256 } as const;
/** Sides that are offered besides the images' own. */
const SIDES = [28, 32, 64];
const USUAL_SIDE = 32;
/** Larger images are made smaller unless the user chooses otherwise: a network for CIFAR takes long over them. */
const LARGEST_OWN = 64;
/** One image in so many is for testing, where no test part is given. */
const TEST_SHARE = 6;
/** A class with fewer images teaches little. */
const SMALL_CLASS = 10;
const UNEQUAL = 10;
/** Stands in each id: changes when the same files and choices would give other images. */
const RULES = 'rules 3';

/** @throws ImportError */
export function arrange(found: Found, choices: Choices): Arrangement {
	const labelling =
		found.labellings.find(({ name }) => name === choices.labelling) ?? found.labellings[0];
	const { labels } = labelling;
	const leavings = new Leavings(found.leftOut);
	const warnings: Warning[] = [...found.warnings];
	const kept: number[] = [];
	for (let i = 0; i < labels.length; i++)
		if (labels[i] >= 0) kept.push(i);
		else leavings.add('unlabelled', found.images.nameOf(i));
	const { classes } = labelling;
	if (classes.length < CLASS_LIMITS.fewest || classes.length > CLASS_LIMITS.most)
		throw new ImportError({
			code: 'class-count',
			count: classes.length,
			...CLASS_LIMITS,
			examples: classes.slice(0, 5)
		});
	const byClass = classes.map((): number[] => []);
	for (const i of kept) byClass[labels[i]].push(i);
	const splits = splitAll(found, byClass, warnings);
	const counts = classes.map((name, label): ClassCount => ({
		name,
		train: byClass[label].filter((i) => splits[i] === 'train').length,
		test: byClass[label].filter((i) => splits[i] === 'test').length
	}));
	for (const part of ['train', 'test'] as const)
		if (!counts.some((one) => one[part]))
			throw new ImportError({ code: 'part-missing', part, images: kept.length });
	if (found.labellings.length > 1)
		warnings.push({
			code: 'class-levels',
			chosen: summary(classes),
			others: found.labellings.filter((one) => one !== labelling).map((one) => summary(one.classes))
		});
	warnings.push(...countWarnings(counts), ...duplicateWarnings(found, kept, labels, splits));
	const image = imageOptions(found, choices);
	warnings.push(...sizeWarnings(found, image));
	const order = Int32Array.from([
		...shuffled(kept.filter((i) => splits[i] === 'train')),
		...inProportion(byClass.map((own) => own.filter((i) => splits[i] === 'test')))
	]);
	const { title, source, sets } = found;
	return {
		order,
		labels,
		splits,
		card: {
			id: idOf(found, labelling.name, image),
			title,
			source,
			classes: counts,
			image,
			leftOut: leavings.list,
			warnings,
			options: {
				labellings: found.labellings.map(({ name, classes }) => ({ name, classes })),
				sets,
				sides: sidesOf(found),
				turns: TURNS,
				backgrounds: Object.keys(BACKGROUNDS) as Background[]
			},
			labelling: labelling.name,
			set: sets[0]
		}
	};
}

/** Some names of classes, with their number. */
const summary = (classes: readonly string[]) =>
	`${classes.length} (${classes.slice(0, 4).join(', ')}${classes.length > 4 ? ' …' : ''})`;

/** The part of each image: as given, validation where no test part is given, else a share of each class split off. */
function splitAll(
	{ parts }: Found,
	byClass: readonly (readonly number[])[],
	warnings: Warning[]
): (Split | null)[] {
	const splits: (Split | null)[] = parts.map(() => null);
	const all = byClass.flat();
	const has = (part: string) => all.some((i) => parts[i] === part);
	const [tested, validated] = [has('test'), has('validation')];
	for (const i of all)
		splits[i] = parts[i] === 'test' || parts[i] === 'validation' ? 'test' : 'train';
	const joined = all.filter((i) => parts[i] === 'validation').length;
	if (tested && validated) warnings.push({ code: 'validation-joined', images: joined });
	if (tested || validated) return splits;
	let images = 0;
	byClass.forEach((own, label) => {
		const count = own.length < 2 ? 0 : Math.max(1, Math.floor(own.length / TEST_SHARE));
		for (const i of shuffled(own, label + 1).slice(0, count)) splits[i] = 'test';
		images += count;
	});
	if (images) warnings.push({ code: 'test-split-off', images });
	return splits;
}

function countWarnings(counts: readonly ClassCount[]): Warning[] {
	const names = (test: (one: ClassCount) => boolean) => counts.filter(test).map(({ name }) => name);
	const present = counts.filter(({ train, test }) => train + test > 0);
	const sizes = present.map(({ train }) => train);
	const most = Math.max(...sizes);
	const times = Math.round(most / Math.max(1, Math.min(...sizes)));
	const empty = names(({ train, test }) => !train && !test);
	const untested = names(({ train, test }) => train > 0 && !test);
	const unlearned = names(({ train, test }) => !train && test > 0);
	const small = names(({ train, test }) => train + test > 0 && train + test < SMALL_CLASS);
	return [
		...(empty.length ? [{ code: 'class-without-images' as const, classes: empty }] : []),
		...(untested.length ? [{ code: 'class-without-test' as const, classes: untested }] : []),
		...(unlearned.length ? [{ code: 'class-without-training' as const, classes: unlearned }] : []),
		...(small.length
			? [{ code: 'small-class' as const, classes: small, fewest: SMALL_CLASS }]
			: []),
		...(times >= UNEQUAL
			? [{ code: 'unequal-classes' as const, most: present[sizes.indexOf(most)].name, times }]
			: [])
	];
}

/** Warns of files that are there more than once, worst where one is in both parts or in two classes. */
function duplicateWarnings(
	{ keys, images }: Found,
	kept: readonly number[],
	labels: Int32Array,
	splits: readonly (Split | null)[]
): Warning[] {
	if (!keys) return [];
	const first = new Map<string, number>();
	const found = { duplicates: [] as number[], across: [] as number[], leaked: [] as number[] };
	for (const i of kept) {
		const before = first.get(keys[i]);
		if (before === undefined) first.set(keys[i], i);
		else if (labels[i] !== labels[before]) found.across.push(i);
		else if (splits[i] !== splits[before]) found.leaked.push(i);
		else found.duplicates.push(i);
	}
	const warning = (
		code: 'duplicates' | 'duplicates-across-classes' | 'test-in-training',
		own: number[]
	) => (own.length ? [{ code, images: own.length, example: images.nameOf(own[0]) }] : []);
	return [
		...warning('duplicates', found.duplicates),
		...warning('duplicates-across-classes', found.across),
		...warning('test-in-training', found.leaked)
	];
}

const even = (side: number) => side + (side % 2);
const within = (side: number) => side >= SIDE_LIMITS.least && side <= SIDE_LIMITS.most;

/** Whether all images have one size that the lab can take as it is, but for a row at their edges. */
const ownSide = ({ sizes: { least, greatest } }: Found): number | null =>
	within(even(greatest)) && (least === greatest || greatest <= 64) && least * 2 > greatest
		? even(greatest)
		: null;

const sidesOf = (found: Found): number[] =>
	[...new Set([...SIDES, ...[ownSide(found) ?? []].flat()])].sort((a, b) => a - b);

function imageOptions(found: Found, choices: Choices): ImageOptions {
	const own = ownSide(found);
	const side = choices.side ?? (own && own <= LARGEST_OWN ? own : USUAL_SIDE);
	// A set of small images keeps all its pixels; photographs lose their edges rather than get frames.
	const whole = own === side && (found.sizes.oblong > 0 || own !== found.sizes.greatest);
	return {
		side,
		channels: choices.channels ?? (found.sizes.grey ? 1 : 3),
		fit: choices.fit ?? (whole ? 'pad' : 'cut'),
		background: choices.background,
		turn: choices.turn ?? found.turn
	};
}

function sizeWarnings({ sizes }: Found, { side, fit }: ImageOptions): Warning[] {
	const warnings: Warning[] = [];
	if (fit === 'cut' && sizes.oblong) warnings.push({ code: 'cut-edges', images: sizes.oblong });
	if (sizes.usual < side && even(sizes.usual) !== side)
		warnings.push({ code: 'enlarged', side: sizes.usual, to: side });
	return warnings;
}

/**
 * The id of a set: from the bytes of its files, their paths below the folder that holds them all, and what was chosen;
 * not from decoded pixels, which browsers make in different ways, nor from the order in which files came.
 */
function idOf({ identity }: Found, labelling: string, image: ImageOptions): string {
	const folders = identity.map((line) => line.split('/').slice(0, -1));
	let shared = 0;
	while (folders.every((own) => own.length > shared && own[shared] === folders[0][shared]))
		shared++;
	const lines = identity.map((line) => line.split('/').slice(shared).join('/')).sort();
	const { side, channels, fit, background, turn } = image;
	const chosen = [RULES, labelling, side, channels, fit, background, turn].join(' ');
	return ownId([chosen, ...lines].join('\n'));
}

/** The id of a user's set that this text describes. */
export const ownId = (text: string): string =>
	`${OWN}${hashOf(new TextEncoder().encode(text)).slice(0, 12)}`;
