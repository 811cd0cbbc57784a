/**
 * Names of networks as they are typed: `resnet-50`, `cifar-plain-56`, or with options `cifar-resnet-20?width=8`. A name
 * and the options of a family are two forms of one thing; defaults are left out of the name.
 */
import { distance } from 'fastest-levenshtein';
import { alexNet } from './alexnet';
import {
	CIFAR_CLASSES,
	CIFAR_DEFAULTS,
	cifarName,
	cifarNetwork,
	isCifarDepth,
	type CifarOptions
} from './cifar';
import type { Network } from '../description';
import { ACTIVATIONS, NORMALISATIONS, NORMS, type Norm } from '../ops';
import { googLeNet } from './googlenet';
import {
	RESNET_DEFAULTS,
	RESNET_DEPTHS,
	resNet,
	resNetName,
	type ResNetDepth,
	type ResNetOptions
} from './resnet';
import { vgg, VGG_DEPTHS, type VggDepth } from './vgg';

/** A network by its family and the family's options. */
export type NetworkSpec =
	| { readonly family: 'alexnet'; readonly towers: 1 | 2 }
	| { readonly family: 'vgg'; readonly depth: VggDepth }
	| { readonly family: 'googlenet' }
	| { readonly family: 'resnet'; readonly options: ResNetOptions }
	| { readonly family: 'cifar'; readonly options: CifarOptions };

/** The description of a network. @throws RangeError naming an option that is out of bounds */
export function networkOf(spec: NetworkSpec): Network {
	switch (spec.family) {
		case 'alexnet':
			return alexNet(spec.towers);
		case 'vgg':
			return vgg(spec.depth);
		case 'googlenet':
			return googLeNet();
		case 'resnet':
			return resNet(spec.options);
		case 'cifar':
			return cifarNetwork(spec.options);
	}
}

/** The depths of the paper, and the small ones that train within a class. */
const USUAL_DEPTHS = [8, 14, 20, 26, 32, 44, 56, 110, 1202];
const PLAIN_DEPTHS: readonly ResNetDepth[] = [18, 34];

const optionOf = (norm: Norm) => NORMALISATIONS[norm].option;

const CHOICES = {
	shortcut: ['A', 'B', 'C'],
	stride: ['1x1', '3x3'],
	order: ['post', 'pre'],
	activation: ACTIVATIONS,
	norm: NORMS.map(optionOf),
	init: ['he', 'xavier', 'small-normal', 'twice-he', 'zero-residual']
} as const;

/** Options of a name, in the order in which they are written. */
const CIFAR_OPTIONS = [
	'width',
	'size',
	'channels',
	'shortcut',
	'order',
	'activation',
	'norm',
	'init',
	'dropout',
	'classes'
] as const;
const RESNET_OPTIONS = ['shortcut', 'stride', 'order'] as const;

/** A name of which no network is known; carries the nearest ones that are. */
export class UnknownNameError extends RangeError {
	override readonly name = 'UnknownNameError';
	constructor(
		readonly unknown: string,
		readonly nearest: readonly string[]
	) {
		super(`network ${unknown}: unknown; the nearest are ${nearest.join(', ')}`);
	}
}

/**
 * Reads a name such as `cifar-plain-56?width=8&size=16&channels=1&activation=tanh&norm=off&init=xavier`. Depths of the
 * CIFAR family are 6n + 2. A plain network has neither `shortcut` nor `order`.
 * @throws UnknownNameError when the part before `?` names no network
 * @throws RangeError naming the option, its value and what is allowed
 */
export function parseName(text: string): NetworkSpec {
	const [base, query = ''] = split(text);
	const [, family, kind, digits] = /^(cifar-)?(plain|resnet|vgg)-(\d+)$/.exec(base) ?? [];
	const depth = Number(digits);
	const exact = digits === String(depth);
	if (base === 'alexnet' || base === 'alexnet-2012') {
		readQuery(query, []);
		return { family: 'alexnet', towers: base === 'alexnet' ? 1 : 2 };
	}
	if (base === 'googlenet') {
		readQuery(query, []);
		return { family: 'googlenet' };
	}
	if (exact && !family && kind === 'vgg' && isOneOf(VGG_DEPTHS, depth)) {
		readQuery(query, []);
		return { family: 'vgg', depth };
	}
	const plain = kind === 'plain';
	if (exact && !family && isOneOf(plain ? PLAIN_DEPTHS : RESNET_DEPTHS, depth) && kind !== 'vgg')
		return { family: 'resnet', options: resNetOptions(depth, plain, query) };
	if (exact && family && kind !== 'vgg' && isCifarDepth(depth))
		return { family: 'cifar', options: cifarOptions(depth, plain, query) };
	throw new UnknownNameError(base, nearestNames(base, 3));
}

function cifarOptions(depth: number, plain: boolean, query: string): CifarOptions {
	const given = readQuery(query, CIFAR_OPTIONS);
	withoutShortcuts(plain, given);
	const order = choice(given, 'order', 'post');
	const dropout = decimal(given, 'dropout', 0);
	const classes = wholeNumber(given, 'classes', CIFAR_CLASSES);
	return {
		depth,
		width: wholeNumber(given, 'width', CIFAR_DEFAULTS.width),
		size: wholeNumber(given, 'size', CIFAR_DEFAULTS.size),
		channels: wholeNumber(given, 'channels', CIFAR_DEFAULTS.channels),
		shortcut: plain ? 'none' : choice(given, 'shortcut', CIFAR_DEFAULTS.shortcut),
		activation: choice(given, 'activation', CIFAR_DEFAULTS.activation),
		norm: normOf(given),
		initialisation: choice(given, 'init', CIFAR_DEFAULTS.initialisation),
		...(order === 'pre' ? { order } : {}),
		...(dropout ? { dropout } : {}),
		...(classes === CIFAR_CLASSES ? {} : { classes })
	};
}

function resNetOptions(depth: ResNetDepth, plain: boolean, query: string): ResNetOptions {
	const given = readQuery(query, RESNET_OPTIONS);
	withoutShortcuts(plain, given);
	if (given.has('stride') && depth < 50)
		throw new RangeError(
			`stride ${given.get('stride')}: only bottlenecks, from 50 layers, have it`
		);
	return {
		depth,
		shortcut: plain ? 'none' : choice(given, 'shortcut', RESNET_DEFAULTS.shortcut),
		stride: choice(given, 'stride', RESNET_DEFAULTS.stride),
		order: choice(given, 'order', RESNET_DEFAULTS.order)
	};
}

function withoutShortcuts(plain: boolean, given: ReadonlyMap<string, string>): void {
	if (!plain) return;
	for (const name of ['shortcut', 'order'])
		if (given.has(name))
			throw new RangeError(`${name} ${given.get(name)}: a plain network has none`);
}

/** The name of a network; lists only the options that differ from the family's defaults. */
export function formatName(spec: NetworkSpec): string {
	switch (spec.family) {
		case 'alexnet':
			return spec.towers === 1 ? 'alexnet' : 'alexnet-2012';
		case 'googlenet':
			return 'googlenet';
		case 'vgg':
			return `vgg-${spec.depth}`;
		case 'resnet': {
			const { options } = spec;
			return withQuery(resNetName(options), RESNET_OPTIONS, options, {
				...RESNET_DEFAULTS,
				...(options.shortcut === 'none' ? { shortcut: 'none' as const } : {})
			});
		}
		case 'cifar': {
			const written = (o: CifarOptions) => ({
				width: o.width,
				size: o.size,
				channels: o.channels,
				shortcut: o.shortcut,
				order: o.order ?? 'post',
				activation: o.activation,
				norm: optionOf(o.norm),
				init: o.initialisation,
				dropout: o.dropout ?? 0,
				classes: o.classes ?? CIFAR_CLASSES
			});
			const { options } = spec;
			// A plain network is told by the first part of its name.
			const defaults =
				options.shortcut === 'none'
					? { ...CIFAR_DEFAULTS, shortcut: 'none' as const }
					: CIFAR_DEFAULTS;
			return withQuery(cifarName(options), CIFAR_OPTIONS, written(options), written(defaults));
		}
	}
}

/** A name as a file takes it: `resnet-50_order_pre`. */
export const fileName = (name: string): string => name.replaceAll(/[^\w.-]+/g, '_');

function withQuery<Name extends string>(
	base: string,
	names: readonly Name[],
	values: Readonly<Record<Name, string | number>>,
	defaults: Readonly<Record<Name, string | number>>
): string {
	const query = names
		.filter((name) => values[name] !== defaults[name])
		.map((name) => `${name}=${values[name]}`)
		.join('&');
	return query ? `${base}?${query}` : base;
}

/** The usual names, to choose from, in the order of the story; any CIFAR depth 6n + 2 up to 1202 is understood. */
export function knownNames(): string[] {
	return [
		'alexnet',
		'alexnet-2012',
		...VGG_DEPTHS.map((depth) => `vgg-${depth}`),
		'googlenet',
		...PLAIN_DEPTHS.map((depth) => resNetName({ depth, shortcut: 'none' })),
		...RESNET_DEPTHS.map((depth) => resNetName({ depth, shortcut: 'B' })),
		...(['none', 'A'] as const).flatMap((shortcut) =>
			USUAL_DEPTHS.map((depth) => cifarName({ depth, shortcut }))
		)
	];
}

/** The known names that take the fewest letters to change; among equals, those of the nearest depth. */
export function nearestNames(text: string, count: number): string[] {
	const wanted = text.toLowerCase();
	const depth = lastNumber(wanted);
	return knownNames()
		.map((name) => ({
			name,
			letters: distance(wanted, name),
			layers: Math.abs(lastNumber(name) - depth)
		}))
		.sort((a, b) => a.letters - b.letters || a.layers - b.layers)
		.slice(0, count)
		.map(({ name }) => name);
}

function lastNumber(text: string): number {
	return Number(/(\d+)\D*$/.exec(text)?.[1] ?? 0);
}

function split(text: string): string[] {
	const mark = text.indexOf('?');
	return mark < 0 ? [text] : [text.slice(0, mark), text.slice(mark + 1)];
}

function readQuery(query: string, known: readonly string[]): Map<string, string> {
	const given = new Map<string, string>();
	for (const part of query.split('&').filter(Boolean)) {
		const [name, ...value] = part.split('=');
		if (!known.includes(name))
			throw new RangeError(
				`option ${name}: unknown; ${known.length ? `expected one of ${known.join(', ')}` : 'this network has none'}`
			);
		if (given.has(name)) throw new RangeError(`option ${name}: given twice`);
		given.set(name, value.join('='));
	}
	return given;
}

/** Bounds are the family's own to check. */
function wholeNumber(given: Map<string, string>, name: string, otherwise: number): number {
	const value = given.get(name);
	if (value === undefined) return otherwise;
	if (!/^\d{1,9}$/.test(value)) throw new RangeError(`${name} ${value}: expected a whole number`);
	return Number(value);
}

/** Bounds are the family's own to check. */
function decimal(given: Map<string, string>, name: string, otherwise: number): number {
	const value = given.get(name);
	if (value === undefined) return otherwise;
	if (!/^\d{1,3}(\.\d{1,6})?$/.test(value))
		throw new RangeError(`${name} ${value}: expected a number such as 0.4`);
	return Number(value);
}

function choice<Name extends keyof typeof CHOICES>(
	given: Map<string, string>,
	name: Name,
	otherwise: string
): (typeof CHOICES)[Name][number] {
	const value = given.get(name) ?? otherwise;
	const allowed: readonly string[] = CHOICES[name];
	if (!allowed.includes(value))
		throw new RangeError(`${name} ${value}: expected one of ${allowed.join(', ')}`);
	return value as (typeof CHOICES)[Name][number];
}

/** The normalisation that an option names. */
function normOf(given: Map<string, string>): Norm {
	const name = choice(given, 'norm', optionOf(CIFAR_DEFAULTS.norm));
	// `choice` has refused names of none.
	return NORMS.find((norm) => optionOf(norm) === name) ?? CIFAR_DEFAULTS.norm;
}

function isOneOf<T extends number>(values: readonly T[], value: number): value is T {
	return (values as readonly number[]).includes(value);
}
