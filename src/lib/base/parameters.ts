/**
 * The parameters that the app's addresses have, by page. A reader notes what is wrong with an address and goes on with a
 * default, so that the rest still counts; what it notes has a code, and `view/words/links.ts` says it.
 */
import {
	compact,
	isTracking,
	nameMeant,
	nearestName,
	readParameters,
	type Parameter
} from './address';

/** The parameters of each page by its name in addresses; `first` is the page at the root. */
export const PARAMETERS = {
	lab: [
		...['preset', 'depth', 'seed', 'width', 'batch', 'experiment', 'recording'],
		...['run', 'tab', 'backend']
	],
	explore: ['net', 'cut', 'see', 'align', 'at', 'walk'],
	lessons: ['backend'],
	class: ['join'],
	help: [],
	about: [],
	first: []
} as const satisfies Record<string, readonly string[]>;
export type Page = keyof typeof PARAMETERS;

/** Pages that read and report parameters of their own. */
export const READERS: readonly Page[] = ['lab', 'explore'];

/** The page of a name; `first` for any other text. */
export const pageNamed = (name: string): Page =>
	Object.hasOwn(PARAMETERS, name) ? (name as Page) : 'first';

const ON_EVERY_PAGE = ['lang', 'theme', 'hide', 'tour', 'embed'];
/** One for each network. */
const REPEATED = ['net', 'cut', 'see'];
/** Longest address that is read, in characters; a real one is shorter. */
const LONGEST = 20_000;
/** Most problems that are noted with parameters that the page does not have. */
const MOST_STRANGE = 5;
/** Longest value that a problem quotes, in characters. */
const QUOTED = 40;

export type Bounds = readonly [least: number, most: number];

/** The values that a place takes: names, or numbers; or `text`, a description in English or without words. */
export type Expected =
	| { readonly names: readonly string[] }
	| { readonly bounds: Bounds; readonly whole: boolean }
	| { readonly text: string };

/** What is wrong with a parameter, and the value `used` instead; null if the parameter is ignored. */
export type ParameterProblem =
	| { readonly code: 'long-link'; readonly length: number; readonly most: number }
	/** No page has it; with the name that it most likely misspells, and with all names of this page. */
	| {
			readonly code: 'unknown-parameter';
			readonly key: string;
			readonly value: string;
			readonly nearest: string | null;
			readonly known: readonly string[];
	  }
	| { readonly code: 'other-page'; readonly key: string; readonly page: 'lab' | 'explore' }
	| {
			readonly code: 'repeated-parameter';
			readonly key: string;
			readonly value: string;
			readonly used: string;
	  }
	| {
			readonly code: 'unknown-value';
			readonly key: string;
			readonly value: string;
			readonly known: readonly string[];
			readonly nearest: string | null;
			readonly used: string | null;
	  }
	| {
			readonly code: 'wrong-value';
			readonly key: string;
			readonly value: string;
			readonly expected: Expected;
			readonly used: string | null;
	  };

/** A value that is quoted in a problem. */
export const quoted = (value: string): string =>
	value.length > QUOTED ? `${value.slice(0, QUOTED - 1)}…` : value;

/** A whole number in digits, within bounds; undefined for any other text. */
export function wholeNumber(text: string, [least, most]: Bounds): number | undefined {
	const value = Number(text);
	return /^\d+$/.test(text) && value >= least && value <= most ? value : undefined;
}

/** The parameters of one address, and the problems found in them so far. */
export class Parameters<P extends { readonly code: string } = never> {
	readonly problems: (ParameterProblem | P)[] = [];
	/** The parameters that the page has, and its `options`, in order. */
	readonly list: readonly Parameter[];

	/**
	 * @param search the search part of an address
	 * @param options names of options that may follow a parameter's value
	 */
	constructor(search: string, page: Page, options: readonly string[] = []) {
		const { length } = search;
		if (length > LONGEST) this.problems.push({ code: 'long-link', length, most: LONGEST });
		const known = [...PARAMETERS[page], ...ON_EVERY_PAGE];
		const given = new Map<string, string>();
		this.list = readParameters(length > LONGEST ? '' : search).filter(({ key, value }) => {
			if (options.includes(key)) return true;
			if (!known.includes(key)) {
				if (!isTracking(key) && this.problems.length < MOST_STRANGE)
					this.problems.push(strange(key, value, known));
				return false;
			}
			const used = given.get(key);
			given.set(key, used ?? value);
			if (used === undefined || REPEATED.includes(key)) return true;
			if (compact(used) !== compact(value))
				this.problems.push({
					code: 'repeated-parameter',
					...{ key, value: quoted(value), used: quoted(used) }
				});
			return false;
		});
	}

	/** The value of a parameter; undefined if the address does not have it. */
	get(key: string): string | undefined {
		return this.list.find((parameter) => parameter.key === key)?.value;
	}

	/** Reads a parameter; undefined if it is missing, or if `read` returns undefined, which is noted as a problem. */
	read<T>(
		key: string,
		read: (text: string) => T | undefined,
		problem: (value: string) => ParameterProblem | P
	): T | undefined {
		const value = this.get(key);
		if (value === undefined) return undefined;
		const found = read(value);
		if (found === undefined) this.problems.push(problem(quoted(value)));
		return found;
	}

	/** Reads one of some names. */
	choice<T extends string>(
		key: string,
		known: readonly T[],
		used: string | null = null
	): T | undefined {
		return this.read(
			key,
			(text) => nameMeant(text, known),
			(value) => unknownValue(key, value, known, used)
		);
	}

	/** Reads a whole number within bounds. */
	whole(key: string, bounds: Bounds, used: string | null = null): number | undefined {
		return this.read(
			key,
			(text) => wholeNumber(text, bounds),
			(value) => ({
				code: 'wrong-value',
				...{ key, value, expected: { bounds, whole: true }, used }
			})
		);
	}
}

/** A value that is none of those that exist. */
export const unknownValue = (
	key: string,
	value: string,
	known: readonly string[],
	used: string | null = null
) =>
	({
		code: 'unknown-value',
		...{ key, value: quoted(value), known, nearest: nearestName(value, known), used }
	}) as const;

/** A parameter that the page does not have. */
function strange(key: string, value: string, known: readonly string[]): ParameterProblem {
	const page = (['lab', 'explore'] as const).find((other) =>
		PARAMETERS[other].some((own) => own === key)
	);
	return page
		? { code: 'other-page', key, page }
		: {
				code: 'unknown-parameter',
				...{ key: quoted(key), value: quoted(value), known, nearest: nearestName(key, known) }
			};
}
