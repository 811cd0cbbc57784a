/**
 * Reads and writes names of networks: `resnet-50`, `cifar-plain-56`, or with options `cifar-resnet-20?width=8`. A name
 * and a family with options are two forms of the same value; a name omits defaults. `synonyms.ts` has other spellings.
 */
import { distance } from 'fastest-levenshtein';
import { compact, plainText, readParameters } from '$lib/base/address';
import { OptionError, type Family, type Only, type Spelling, type Value } from './family';
import { nameOf } from './synonyms';
import { FAMILIES, FAMILY_NAMES, type FamilyName, type NetworkSpec } from './table';

/** A family whose options are known only by their names. */
type AnyFamily = Family<Record<string, Value>>;
const familyOf = (name: FamilyName) => FAMILIES[name] as unknown as AnyFamily;

/** The options of a family by their names in links, with their fields. */
const optionsOf = ({ spellings }: AnyFamily) =>
	new Map(
		Object.entries(spellings as Readonly<Record<string, Spelling>>).map(
			([field, spelling]) => [spelling.name ?? field, { field, spelling }] as const
		)
	);

/** The value that a name omits. */
const usual = ({ defaults }: AnyFamily, field: string, { absent }: Spelling) =>
	defaults[field] ?? absent;

/** The names of all options, which may follow a network in an address. */
export const OPTION_NAMES: readonly string[] = [
	...new Set(FAMILY_NAMES.flatMap((name) => [...optionsOf(familyOf(name)).keys()]))
];

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
 * Reads a name such as `cifar-plain-56?width=8&size=16&channels=1&activation=tanh&norm=off&init=xavier`, in any usual
 * spelling (`synonyms.ts`).
 * @throws UnknownNameError if the part before `?` names no network
 * @throws OptionError naming the option, its value and what is allowed
 */
export function parseName(text: string): NetworkSpec {
	const [base, query = ''] = split(plainText(text).trim());
	const meant = nameOf(base);
	for (const name of meant ? FAMILY_NAMES : []) {
		const family = familyOf(name);
		const decided = meant && family.member(meant.name);
		if (!decided) continue;
		const given = readOptions([...meant.options, query].join('&'), family, family.unfit?.(decided));
		const options = { ...family.defaults, ...decided, ...given } as Record<string, Value>;
		const problem = family.conflict?.(options);
		if (problem) throw new OptionError(problem);
		return { family: name, options } as unknown as NetworkSpec;
	}
	throw new UnknownNameError(base, nearestNames(base, 3));
}

/**
 * Reads the options of a query; leaves out those with their default value.
 * @param unfit options that this network cannot have, with the networks that alone have them
 * @throws OptionError naming the option, its value and what is allowed
 */
function readOptions(
	query: string,
	family: AnyFamily,
	unfit: ReadonlyMap<string, Only> = new Map()
): Readonly<Record<string, Value>> {
	const known = optionsOf(family);
	const given = new Map<string, Value>();
	for (const { key: option, value: text } of readParameters(query)) {
		const found = known.get(option);
		if (!found) throw new OptionError({ code: 'unknown-option', option, known: [...known.keys()] });
		const { field, spelling } = found;
		if (given.has(field)) throw new OptionError({ code: 'repeated-option', option });
		const only = unfit.get(option);
		if (only) throw new OptionError({ code: 'unfit-option', option, value: text, only });
		const { read, expected } = spelling;
		const value = read(text);
		if (value === undefined)
			throw new OptionError({ code: 'option-value', option, value: text, expected });
		given.set(field, value);
	}
	for (const { field, spelling } of known.values())
		if (given.get(field) === usual(family, field, spelling)) given.delete(field);
	return Object.fromEntries(given);
}

/** The name of a network; lists only the options that differ from the family's defaults. */
export function formatName(spec: NetworkSpec): string {
	const family = familyOf(spec.family);
	const options = spec.options as unknown as Readonly<Record<string, Value | undefined>>;
	const base = family.base(spec.options as unknown as Record<string, Value>);
	/** What the first part of the name says already. */
	const decided = family.member(base) ?? {};
	const query = [...optionsOf(family)].flatMap(([option, { field, spelling }]) => {
		const omitted = usual(family, field, spelling);
		const value = options[field] ?? omitted;
		return value === undefined || value === omitted || value === decided[field]
			? []
			: `${option}=${spelling.write(value)}`;
	});
	return query.length ? `${base}?${query.join('&')}` : base;
}

/** A network's name as a file name: `resnet-50_order_pre`. */
export const fileName = (name: string): string => name.replaceAll(/[^\w.-]+/g, '_');

/** The usual names to choose from, in historical order; any CIFAR depth 6n + 2 up to 1202 is understood. */
export const knownNames = (): string[] =>
	FAMILY_NAMES.flatMap((family) => FAMILIES[family].offered);

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
