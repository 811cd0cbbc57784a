/**
 * Reads a whole address: of any host and folder, with or without them, and as mail filters and redirects wrap it. Says
 * which page it belongs to, what that page would open, and what is wrong with it, in the language of the page.
 */
import { fold, nameMeant, nearestName, plainText, readParameters } from '$lib/base/address';
import { PARAMETERS, READERS, quoted, type Page } from '$lib/base/parameters';
import { readBackend, readLabLink, recordingName, type Experiment } from '$lib/lab';
import { readEveryPage } from './everyPage';
import { readExplorerLink } from './explorer/link';
import { linkProblemText, type LinkProblem } from './words/links';

export interface LinkReading {
	readonly kind: 'link';
	readonly page: Page;
	/** What the lab would train. */
	readonly experiment?: Experiment;
	/** The name of the recorded run that the lab would show. */
	readonly recording?: string;
	/** The names of the networks that the explorer would show. */
	readonly networks?: readonly string[];
	readonly lesson?: string;
	readonly warnings: readonly Told[];
	/** Why the page would not show what the link asks for. */
	readonly error?: Told;
}

interface Told {
	readonly code: LinkProblem['code'];
	readonly text: string;
}

/** @param lessons names of all lessons */
export function readLink(address: string, lessons: readonly string[]): LinkReading {
	const { page, rest, search, problems } = pageOf(plainText(unwrapped(address.trim())));
	const every = readEveryPage(search, page);
	problems.push(...every.problems);
	const own = { page, ...ofPage(page, rest, search, lessons, problems) };
	if (!READERS.includes(page)) problems.push(...every.strange);
	const told = problems.map((problem) => ({
		grave: isGrave(problem),
		told: { code: problem.code, text: linkProblemText(problem) }
	}));
	const error = told.find(({ grave }) => grave);
	const warnings = told.flatMap((each) => (each === error ? [] : each.told));
	if (error) return { kind: 'link', page, warnings, error: error.told };
	return { kind: 'link', ...own, warnings };
}

/** What a page would open; adds to the problems. */
function ofPage(
	page: Page,
	rest: readonly string[],
	search: string,
	lessons: readonly string[],
	problems: LinkProblem[]
): Pick<LinkReading, 'experiment' | 'recording' | 'networks' | 'lesson'> {
	switch (page) {
		case 'lab': {
			const { experiment, recording, problems: own } = readLabLink(search);
			problems.push(...own);
			return { experiment, ...(recording && { recording: recordingName(recording) }) };
		}
		case 'explore': {
			const { shown, problems: own } = readExplorerLink(search);
			problems.push(...own);
			return { networks: shown.map(({ name }) => name) };
		}
		case 'lessons': {
			problems.push(...readBackend(search).problems);
			const [name] = rest;
			if (!name) return {};
			const lesson = nameMeant(name, lessons);
			if (lesson) return { lesson };
			const nearest = nearestName(name, lessons);
			problems.push({ code: 'unknown-lesson', name: quoted(name), nearest, known: lessons });
			return {};
		}
		default:
			return {};
	}
}

const GRAVE: readonly LinkProblem['code'][] = [
	...(['no-link', 'unknown-lesson', 'long-link'] as const),
	...(['cut-experiment', 'long-experiment', 'refused-value'] as const),
	...(['unknown-network', 'unknown-option', 'repeated-option'] as const),
	...(['unfit-option', 'option-value'] as const)
];

/** Whether a page shows something else than what the link names. */
const isGrave = (problem: LinkProblem): boolean =>
	GRAVE.includes(problem.code) ||
	(problem.code === 'unknown-value' && ['preset', 'recording'].includes(problem.key));

/** The page of a plain address, the names in its path after the page's, and its search part. */
function pageOf(address: string): {
	page: Page;
	rest: readonly string[];
	search: string;
	problems: LinkProblem[];
} {
	const found = /https?:\/\//i.exec(address);
	const relative = found ? address.slice(found.index + found[0].length) : address;
	const start = relative.search(/[?&;#]/);
	const [path, search] =
		start < 0
			? [relative, '']
			: [relative.slice(0, start), relative.slice(start).replace(/^#\?/, '?')];
	// Without a path, only the parameters say which page it is.
	if (!found && path.includes('=')) return pageOf(`?${relative}`);
	const names = path
		.split('/')
		.map((name) => fold(name).replace(/[^\p{L}\p{N}:.-]|[.:]$/gu, ''))
		.filter((name) => name !== '' && name !== 'index.html');
	const at = names.findLastIndex((name) => name !== 'first' && Object.hasOwn(PARAMETERS, name));
	if (at >= 0) return { page: names[at] as Page, rest: names.slice(at + 1), search, problems: [] };
	const keys = readParameters(search).map(({ key }) => key);
	const page = names.length
		? 'first'
		: (['lab', 'explore'] as const).find((page) =>
				PARAMETERS[page].some((key) => keys.includes(key))
			);
	const problems: LinkProblem[] = [];
	if (!page || (!found && !/[.:]/.test(path) && names.length))
		problems.push({ code: 'no-link', text: quoted(address) });
	else if (names.length > 1) {
		const name = names[names.length - 1];
		const nearest = nearestName(name, ['lab', 'explore', 'lessons', 'class', 'help', 'about']);
		if (nearest) problems.push({ code: 'unknown-page', name: quoted(name), nearest });
	}
	return { page: page ?? 'first', rest: [], search, problems };
}

/** Filters and redirects that are nested deeper than this are not unwrapped. */
const MOST_WRAPPERS = 3;

/** The address that a mail filter or a redirect leads to, as in `…safelinks.protection.outlook.com/?url=https%3A%2F%2F…`. */
function unwrapped(address: string, wrappers = 0): string {
	if (wrappers === MOST_WRAPPERS) return address;
	const inner =
		/\/v3\/__(https?:.+?)__;/i.exec(address)?.[1] ??
		written(/urldefense\.[^?]*\?u=(https?-3A__[^&]+)/i.exec(address)?.[1]) ??
		decoded(/[?&;][\w.-]+=(https?%3A%2F%2F[^&\s]+)/i.exec(address)?.[1]) ??
		/[?&;][\w.-]+=(https?:\/\/.+)$/is.exec(address)?.[1];
	return inner === undefined ? address : unwrapped(inner, wrappers + 1);
}

/** As version 2 of Proofpoint's filter writes escapes and slashes. */
const written = (text: string | undefined) =>
	decoded(text?.replaceAll('-', '%').replaceAll('_', '/'));

/** Without one level of escapes; as it is where they are broken. */
function decoded(text: string | undefined): string | undefined {
	try {
		return text && decodeURIComponent(text);
	} catch {
		return text;
	}
}
