/**
 * What a family of networks is: its options with their notation in names, and the description of each member. Every
 * family is one file and one line of the table (`table.ts`).
 */
import { nameMeant } from '$lib/base/address';
import type { Bounds, Expected } from '$lib/base/parameters';
import type { Network } from '../description';

export interface Family<Options extends object> {
	/** The paper. */
	readonly source: string;
	/** The options that a name may list after its question mark, in order. */
	readonly spellings: { readonly [Field in keyof Options]?: Spelling };
	/** The usual member. A name omits options that have these values. */
	readonly defaults: Options;
	/** Names to choose from, in order. */
	readonly offered: readonly string[];
	/** Other words for the family in a name, as part of a regular expression on letters and digits. */
	readonly words?: string;
	/** The options that the first part of a name decides; null if it names no member. */
	member(base: string): Partial<Options> | null;
	/** The first part of a member's name: `vgg-16` of `vgg-16`, `cifar-plain-56` of `cifar-plain-56?width=8`. */
	base(options: Options): string;
	/** Options that members of that first part do not have, with the networks that alone have them. */
	unfit?(decided: Partial<Options>): ReadonlyMap<string, Only>;
	/** What is wrong with options that do not fit together; null if they fit. */
	conflict?(options: Options): OptionProblem | null;
	/** The description of a member. @throws RangeError naming an option that is wrong */
	build(options: Options): Network;
}

export type Value = string | number;

/** The notation of an option's values. */
export interface Spelling {
	/** The option's name, if it differs from the field's. */
	readonly name?: string;
	/** The value that an absent field stands for. */
	readonly absent?: Value;
	readonly expected: Exclude<Expected, { readonly text: string }>;
	/** Reads a value; undefined if the text is not one. */
	read(text: string): Value | undefined;
	write(value: Value): string;
}

const number = (pattern: RegExp, bounds: Bounds, whole: boolean): Spelling => ({
	expected: { bounds, whole },
	read: (text) => {
		const value = pattern.test(text) ? Number(text) : NaN;
		return value >= bounds[0] && value <= bounds[1] ? value : undefined;
	},
	write: String
});
export const whole = (bounds: Bounds): Spelling => number(/^\d{1,9}$/, bounds, true);
export const decimal = (bounds: Bounds): Spelling =>
	number(/^-?(?=.*\d)\d{0,3}(\.\d{0,6})?$/, bounds, false);

/** One of a few values; names of values may differ from the values, which are understood too. */
export const among = <V extends Value>(
	values: readonly V[],
	write: (value: V) => string = String
): Spelling => {
	const names = values.map(write);
	const byText = new Map([...values.map((value) => [String(value), value] as const)]);
	names.forEach((name, i) => byText.set(name, values[i]));
	return {
		expected: { names },
		read: (text) => {
			const meant = nameMeant(text, [...names, ...byText.keys()]);
			return meant === undefined ? undefined : byText.get(meant);
		},
		write: (value) => write(value as V)
	};
};

/** The kinds of networks that alone have some option. */
export type Only = 'residual' | 'bottlenecks';

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
			readonly only: Only;
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
