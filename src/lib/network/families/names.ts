/**
 * Reads and writes names of networks: `resnet-50`, `cifar-plain-56`, or with options `cifar-resnet-20?width=8`. A name
 * and a family with options are two forms of the same value; a name omits defaults. `synonyms.ts` has other spellings.
 */
import { distance } from 'fastest-levenshtein';
import { compact, nameMeant, plainText, readParameters } from '$lib/base/address';
import type { Bounds, Expected } from '$lib/base/parameters';
import { alexNet } from './alexnet';
import {
	CIFAR_BOUNDS,
	CIFAR_CLASSES,
	CIFAR_DEFAULTS,
	cifarName,
	cifarNetwork,
	type CifarOptions
} from './cifar';
import { INITIALISATIONS, type Network } from '../description';
import { ACTIVATIONS, NORMALISATIONS, NORMS } from '../ops';
import { googLeNet } from './googlenet';
import { RESNET_DEFAULTS, RESNET_DEPTHS, resNet, resNetName, type ResNetOptions } from './resnet';
import { nameOf, PLAIN_DEPTHS } from './synonyms';
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

/** The notation of an option's values. */
interface Spelling {
	/** The option's name, if it differs from the field's. */
	readonly name?: string;
	readonly expected: Exclude<Expected, { readonly text: string }>;
	/** Reads a value; undefined if the text is not one. */
	read(text: string): Value | undefined;
	write(value: Value): string;
}
type Value = string | number;

const number = (pattern: RegExp, bounds: Bounds): Spelling => ({
	expected: { bounds, whole: pattern === WHOLE },
	read: (text) => {
		const value = pattern.test(text) ? Number(text) : NaN;
		return value >= bounds[0] && value <= bounds[1] ? value : undefined;
	},
	write: String
});
const WHOLE = /^\d{1,9}$/;
const DECIMAL = /^(?=.*\d)\d{0,3}(\.\d{0,6})?$/;

const among = <V extends string>(
	values: readonly V[],
	write: (value: V) => string = String
): Spelling => {
	const names = values.map(write);
	return {
		expected: { names },
		read: (text) => {
			const name = nameMeant(text, names);
			return name === undefined ? undefined : values[names.indexOf(name)];
		},
		write: (value) => write(value as V)
	};
};

/** The notation of a family's options, in order, and their default values, which names omit. */
interface Family<Field extends string = string> {
	readonly spellings: { readonly [F in Field]: Spelling };
	readonly usual: { readonly [F in Field]: Value };
}

const SHORTCUT = among(['A', 'B', 'C']);
const ORDER = among(['post', 'pre']);
const CIFAR: Family<Exclude<keyof CifarOptions, 'depth'>> = {
	spellings: {
		width: number(WHOLE, CIFAR_BOUNDS.width),
		size: number(WHOLE, CIFAR_BOUNDS.size),
		channels: number(WHOLE, CIFAR_BOUNDS.channels),
		shortcut: SHORTCUT,
		order: ORDER,
		activation: among(ACTIVATIONS),
		norm: among(NORMS, (norm) => NORMALISATIONS[norm].option),
		initialisation: { name: 'init', ...among(INITIALISATIONS) },
		dropout: number(DECIMAL, CIFAR_BOUNDS.dropout),
		classes: number(WHOLE, CIFAR_BOUNDS.classes)
	},
	usual: { order: 'post', dropout: 0, classes: CIFAR_CLASSES, ...CIFAR_DEFAULTS }
};
const RESNET: Family<Exclude<keyof ResNetOptions, 'depth'>> = {
	spellings: { shortcut: SHORTCUT, stride: among(['1x1', '3x3']), order: ORDER },
	usual: RESNET_DEFAULTS
};

/** The names of all options, which may follow a network in an address. */
export const OPTION_NAMES: readonly string[] = [CIFAR, RESNET].flatMap(({ spellings }) =>
	Object.entries<Spelling>(spellings).map(([field, { name = field }]) => name)
);

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

/** What is wrong with an option of a network's name. */
export type OptionProblem =
	/** The network has no such option, but those `known`. */
	| { readonly code: 'unknown-option'; readonly option: string; readonly known: readonly string[] }
	| { readonly code: 'repeated-option'; readonly option: string }
	/** The option is only one of residual networks, or of networks with bottlenecks. */
	| {
			readonly code: 'unfit-option';
			readonly option: string;
			readonly value: string;
			readonly only: 'residual' | 'bottlenecks';
	  }
	| {
			readonly code: 'option-value';
			readonly option: string;
			readonly value: string;
			readonly expected: Spelling['expected'];
	  };

/** Thrown for a network with an option that is wrong; the message is in English. */
export class OptionError extends RangeError {
	override readonly name = 'OptionError';
	constructor(readonly problem: OptionProblem) {
		super(optionMessage(problem));
	}
}

function optionMessage(problem: OptionProblem): string {
	const { option } = problem;
	switch (problem.code) {
		case 'unknown-option':
			return `option ${option}: unknown; ${problem.known.length ? `expected one of ${problem.known.join(', ')}` : 'this network has none'}`;
		case 'repeated-option':
			return `option ${option}: given twice`;
		case 'unfit-option':
			return `${option} ${problem.value}: ${problem.only === 'residual' ? 'a plain network has none' : 'only bottlenecks, from 50 layers, have it'}`;
		case 'option-value': {
			const { expected, value } = problem;
			return `${option} ${value}: expected ${
				'names' in expected
					? `one of ${expected.names.join(', ')}`
					: `a ${expected.whole ? 'whole ' : ''}number from ${expected.bounds.join(' to ')}`
			}`;
		}
	}
}

/**
 * Reads a name such as `cifar-plain-56?width=8&size=16&channels=1&activation=tanh&norm=off&init=xavier`, in any usual
 * spelling (`synonyms.ts`). Depths of the CIFAR family are 6n + 2. A plain network has neither `shortcut` nor `order`.
 * @throws UnknownNameError if the part before `?` names no network
 * @throws OptionError naming the option, its value and what is allowed
 */
export function parseName(text: string): NetworkSpec {
	const [base, query = ''] = split(plainText(text).trim());
	const meant = nameOf(base);
	if (!meant) throw new UnknownNameError(base, nearestNames(base, 3));
	const { name } = meant;
	const given = [...meant.options, query].join('&');
	const fixed = FIXED.get(name);
	if (fixed) {
		readOptions(given, { spellings: {}, usual: {} });
		return fixed;
	}
	const [, family, kind, digits] = /^(cifar-)?(plain|resnet)-(\d+)$/.exec(name) ?? [];
	const depth = Number(digits);
	const plain = kind === 'plain';
	const unfit: [string, 'residual' | 'bottlenecks'][] = [];
	if (plain) unfit.push(['shortcut', 'residual'], ['order', 'residual']);
	const shortcut = plain ? { shortcut: 'none' as const } : {};
	if (!family && isOneOf(plain ? PLAIN_DEPTHS : RESNET_DEPTHS, depth)) {
		if (depth < 50) unfit.push(['stride', 'bottlenecks']);
		const own = readOptions(given, RESNET, new Map(unfit));
		return { family: 'resnet', options: { ...RESNET_DEFAULTS, depth, ...shortcut, ...own } };
	}
	const own = readOptions(given, CIFAR, new Map(unfit));
	return { family: 'cifar', options: { ...CIFAR_DEFAULTS, depth, ...shortcut, ...own } };
}

/**
 * Reads the options of a query; leaves out those with their default value.
 * @param unfit options that this network cannot have, with the networks that alone have them
 * @throws OptionError naming the option, its value and what is allowed
 */
function readOptions(
	query: string,
	{ spellings, usual }: Family,
	unfit: ReadonlyMap<string, 'residual' | 'bottlenecks'> = new Map()
): Readonly<Record<string, Value>> {
	const known = new Map(
		Object.entries(spellings).map(([field, spelling]) => [spelling.name ?? field, field])
	);
	const given = new Map<string, Value>();
	for (const { key: option, value: text } of readParameters(query)) {
		const field = known.get(option);
		if (field === undefined)
			throw new OptionError({ code: 'unknown-option', option, known: [...known.keys()] });
		if (given.has(field)) throw new OptionError({ code: 'repeated-option', option });
		const only = unfit.get(option);
		if (only) throw new OptionError({ code: 'unfit-option', option, value: text, only });
		const { read, expected } = spellings[field];
		const value = read(text);
		if (value === undefined)
			throw new OptionError({ code: 'option-value', option, value: text, expected });
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
	const wanted = compact(text);
	const depth = lastNumber(wanted);
	return knownNames()
		.map((name) => ({
			name,
			letters: distance(wanted, compact(name)),
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
