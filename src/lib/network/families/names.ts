/**
 * Reads and writes names of networks: `resnet-50`, `cifar-plain-56`, or with options `cifar-resnet-20?width=8`. A name
 * and a family with options are two forms of the same value; a name omits defaults.
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
import { INITIALISATIONS, type Network } from '../description';
import { ACTIVATIONS, NORMALISATIONS, NORMS } from '../ops';
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

/** A network as a family with options. */
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

/** The paper's depths, and small ones that train within a class. */
const USUAL_DEPTHS = [8, 14, 20, 26, 32, 44, 56, 110, 1202];
const PLAIN_DEPTHS: readonly ResNetDepth[] = [18, 34];

/** The notation of an option's values. */
interface Spelling {
	/** The option's name, if it differs from the field's. */
	readonly name?: string;
	readonly expected: string;
	/** Reads a value; undefined if the text is not one. The family checks bounds. */
	read(text: string): Value | undefined;
	write(value: Value): string;
}
type Value = string | number;

const number = (pattern: RegExp, expected: string): Spelling => ({
	expected,
	read: (text) => (pattern.test(text) ? Number(text) : undefined),
	write: String
});
const WHOLE = number(/^\d{1,9}$/, 'a whole number');
const DECIMAL = number(/^\d{1,3}(\.\d{1,6})?$/, 'a number such as 0.4');

const among = <V extends string>(
	values: readonly V[],
	write: (value: V) => string = String
): Spelling => ({
	expected: `one of ${values.map(write).join(', ')}`,
	read: (text) => values.find((value) => write(value) === text),
	write: (value) => write(value as V)
});

/** The notation of a family's options, in order, and their default values, which names omit. */
interface Family<Field extends string = string> {
	readonly spellings: { readonly [F in Field]: Spelling };
	readonly usual: { readonly [F in Field]: Value };
}

const SHORTCUT = among(['A', 'B', 'C']);
const ORDER = among(['post', 'pre']);
const CIFAR: Family<Exclude<keyof CifarOptions, 'depth'>> = {
	spellings: {
		width: WHOLE,
		size: WHOLE,
		channels: WHOLE,
		shortcut: SHORTCUT,
		order: ORDER,
		activation: among(ACTIVATIONS),
		norm: among(NORMS, (norm) => NORMALISATIONS[norm].option),
		initialisation: { name: 'init', ...among(INITIALISATIONS) },
		dropout: DECIMAL,
		classes: WHOLE
	},
	usual: { order: 'post', dropout: 0, classes: CIFAR_CLASSES, ...CIFAR_DEFAULTS }
};
const RESNET: Family<Exclude<keyof ResNetOptions, 'depth'>> = {
	spellings: { shortcut: SHORTCUT, stride: among(['1x1', '3x3']), order: ORDER },
	usual: RESNET_DEFAULTS
};

/** Networks without options, in historical order. */
const FIXED = new Map<string, NetworkSpec>([
	['alexnet', { family: 'alexnet', towers: 1 }],
	['alexnet-2012', { family: 'alexnet', towers: 2 }],
	...VGG_DEPTHS.map((depth) => [`vgg-${depth}`, { family: 'vgg', depth }] as const),
	['googlenet', { family: 'googlenet' }]
]);

/** Thrown for an unknown name; carries the nearest known ones. */
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
 * @throws UnknownNameError if the part before `?` names no network
 * @throws RangeError naming the option, its value and what is allowed
 */
export function parseName(text: string): NetworkSpec {
	const [base, query = ''] = split(text);
	const fixed = FIXED.get(base);
	if (fixed) {
		readOptions(query, { spellings: {}, usual: {} });
		return fixed;
	}
	const [, family, kind, digits] = /^(cifar-)?(plain|resnet)-(\d+)$/.exec(base) ?? [];
	const depth = Number(digits);
	const exact = digits === String(depth);
	const plain = kind === 'plain';
	const refused = new Map<string, string>();
	if (plain)
		for (const name of ['shortcut', 'order']) refused.set(name, 'a plain network has none');
	const shortcut = plain ? { shortcut: 'none' as const } : {};
	if (exact && !family && isOneOf(plain ? PLAIN_DEPTHS : RESNET_DEPTHS, depth)) {
		if (depth < 50) refused.set('stride', 'only bottlenecks, from 50 layers, have it');
		const given = readOptions(query, RESNET, refused);
		return { family: 'resnet', options: { ...RESNET_DEFAULTS, depth, ...shortcut, ...given } };
	}
	if (exact && family && isCifarDepth(depth)) {
		const given = readOptions(query, CIFAR, refused);
		return { family: 'cifar', options: { ...CIFAR_DEFAULTS, depth, ...shortcut, ...given } };
	}
	throw new UnknownNameError(base, nearestNames(base, 3));
}

/**
 * Reads the options of a query; leaves out those with their default value.
 * @param refused options that this network cannot have, with the reason
 * @throws RangeError naming the option, its value and what is allowed
 */
function readOptions(
	query: string,
	{ spellings, usual }: Family,
	refused: ReadonlyMap<string, string> = new Map()
): Readonly<Record<string, Value>> {
	const known = new Map(
		Object.entries(spellings).map(([field, spelling]) => [spelling.name ?? field, field])
	);
	const given = new Map<string, Value>();
	for (const part of query.split('&').filter(Boolean)) {
		const [name, ...rest] = part.split('=');
		const text = rest.join('=');
		const field = known.get(name);
		if (field === undefined)
			throw new RangeError(
				`option ${name}: unknown; ${known.size ? `expected one of ${[...known.keys()].join(', ')}` : 'this network has none'}`
			);
		if (given.has(field)) throw new RangeError(`option ${name}: given twice`);
		if (refused.has(name)) throw new RangeError(`${name} ${text}: ${refused.get(name)}`);
		const value = spellings[field].read(text);
		if (value === undefined)
			throw new RangeError(`${name} ${text}: expected ${spellings[field].expected}`);
		given.set(field, value);
	}
	return Object.fromEntries([...given].filter(([field, value]) => value !== usual[field]));
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
		case 'resnet':
			return withQuery(resNetName(spec.options), RESNET, spec.options);
		case 'cifar':
			return withQuery(cifarName(spec.options), CIFAR, spec.options);
	}
}

/** A network's name as a file name: `resnet-50_order_pre`. */
export const fileName = (name: string): string => name.replaceAll(/[^\w.-]+/g, '_');

function withQuery<Field extends string>(
	base: string,
	{ spellings, usual }: Family<Field>,
	options: { readonly [F in Field]?: Value }
): string {
	const query = (Object.keys(spellings) as Field[]).flatMap((field) => {
		const { name = field, write } = spellings[field];
		const value = options[field] ?? usual[field];
		// The first part of the name already says that a network is plain.
		const told = value === usual[field] || (field === 'shortcut' && value === 'none');
		return told ? [] : `${name}=${write(value)}`;
	});
	return query.length ? `${base}?${query.join('&')}` : base;
}

/** The usual names to choose from, in historical order; any CIFAR depth 6n + 2 up to 1202 is understood. */
export function knownNames(): string[] {
	return [
		...FIXED.keys(),
		...PLAIN_DEPTHS.map((depth) => resNetName({ depth, shortcut: 'none' })),
		...RESNET_DEPTHS.map((depth) => resNetName({ depth, shortcut: 'B' })),
		...(['none', 'A'] as const).flatMap((shortcut) =>
			USUAL_DEPTHS.map((depth) => cifarName({ depth, shortcut }))
		)
	];
}

/** The known names with the smallest edit distance; among equals, those of the nearest depth. */
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

function isOneOf<T extends number>(values: readonly T[], value: number): value is T {
	return (values as readonly number[]).includes(value);
}
