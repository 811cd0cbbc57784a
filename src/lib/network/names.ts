/**
 * Names of networks as they are typed: `cifar-plain-56`, or with options `cifar-resnet-20?width=8`.
 * A name and the options of the family are two forms of one thing; defaults are left out of the name.
 */
import { distance } from 'fastest-levenshtein';
import { CIFAR_DEFAULTS, cifarName, isCifarDepth, type CifarOptions } from './cifar';

/** The depths of the paper, and the small ones that train within a class. */
const USUAL_DEPTHS = [8, 14, 20, 26, 32, 44, 56, 110, 1202];

const CHOICES = {
	shortcut: ['A', 'B', 'C'],
	activation: ['relu', 'tanh', 'sigmoid'],
	norm: ['on', 'off'],
	init: ['he', 'xavier', 'small-normal', 'twice-he', 'zero-residual']
} as const;

/** Options of a name, in the order in which they are written. */
const OPTIONS = [
	'width',
	'size',
	'channels',
	...(Object.keys(CHOICES) as (keyof typeof CHOICES)[])
];

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
 * Reads a name such as `cifar-plain-56?width=8&size=16&channels=1&activation=tanh&norm=off&init=xavier`.
 * Depths are 6n + 2. A plain network has no `shortcut`.
 * @throws UnknownNameError when the part before `?` names no network
 * @throws RangeError naming the option, its value and what is allowed
 */
export function parseName(text: string): CifarOptions {
	const [base, query = ''] = split(text);
	const [, kind, digits] = /^cifar-(plain|resnet)-(\d+)$/.exec(base) ?? [];
	const depth = Number(digits);
	if (!kind || !isCifarDepth(depth) || digits !== String(depth))
		throw new UnknownNameError(base, nearestNames(base, 3));

	const given = readQuery(query);
	const plain = kind === 'plain';
	if (plain && given.has('shortcut'))
		throw new RangeError(`shortcut ${given.get('shortcut')}: a plain network has none`);
	return {
		depth,
		width: wholeNumber(given, 'width', CIFAR_DEFAULTS.width),
		size: wholeNumber(given, 'size', CIFAR_DEFAULTS.size),
		channels: wholeNumber(given, 'channels', CIFAR_DEFAULTS.channels),
		shortcut: plain ? 'none' : choice(given, 'shortcut', CIFAR_DEFAULTS.shortcut),
		activation: choice(given, 'activation', CIFAR_DEFAULTS.activation),
		batchNorm: choice(given, 'norm', onOff(CIFAR_DEFAULTS.batchNorm)) === 'on',
		initialisation: choice(given, 'init', CIFAR_DEFAULTS.initialisation)
	};
}

/** The name of a network; lists only the options that differ from `CIFAR_DEFAULTS`. */
export function formatName(options: CifarOptions): string {
	const written = (o: CifarOptions): Record<(typeof OPTIONS)[number], string> => ({
		width: `${o.width}`,
		size: `${o.size}`,
		channels: `${o.channels}`,
		shortcut: o.shortcut,
		activation: o.activation,
		norm: onOff(o.batchNorm),
		init: o.initialisation
	});
	const values = written(options);
	// A plain network is told by the first part of its name.
	const defaults = written(
		options.shortcut === 'none' ? { ...CIFAR_DEFAULTS, shortcut: 'none' } : CIFAR_DEFAULTS
	);
	const query = OPTIONS.filter((name) => values[name] !== defaults[name])
		.map((name) => `${name}=${values[name]}`)
		.join('&');
	return query ? `${cifarName(options)}?${query}` : cifarName(options);
}

/** The usual names, to choose from; any depth 6n + 2 up to 1202 is understood. */
export function knownNames(): string[] {
	return (['none', 'A'] as const).flatMap((shortcut) =>
		USUAL_DEPTHS.map((depth) => cifarName({ depth, shortcut }))
	);
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

function readQuery(query: string): Map<string, string> {
	const given = new Map<string, string>();
	for (const part of query.split('&').filter(Boolean)) {
		const [name, ...value] = part.split('=');
		if (!(OPTIONS as readonly string[]).includes(name))
			throw new RangeError(`option ${name}: unknown; expected one of ${OPTIONS.join(', ')}`);
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

function onOff(value: boolean): 'on' | 'off' {
	return value ? 'on' : 'off';
}
