/** Says what is wrong with an address, what it was taken for, and what exists. */
import type { ParameterProblem, Expected } from '$lib/base/parameters';
import type { LabProblem } from '$lib/lab';
import { m } from '$lib/paraglide/messages';
import type { ExplorerProblem } from '../explorer/link';
import { formatCount, formatDetail, formatList, formatSentences } from './format';
import { textOf, type Texts } from './texts';

/** What is wrong with the part of an address before its parameters. */
type PathProblem =
	| { readonly code: 'no-link'; readonly text: string }
	| { readonly code: 'unknown-page'; readonly name: string; readonly nearest: string }
	| {
			readonly code: 'unknown-lesson';
			readonly name: string;
			readonly nearest: string | null;
			readonly known: readonly string[];
	  };

export type LinkProblem = ParameterProblem | LabProblem | ExplorerProblem | PathProblem;

/** The sentence about what a page uses instead of a value; null if it ignores the parameter. */
const usedText = (used: string | null) =>
	used === null ? m.link_ignored() : m.link_used({ used });
const nearestText = (nearest: string | null) => (nearest ? m.link_nearest({ nearest }) : '');

export function expectedText(expected: Expected): string {
	if ('text' in expected) return formatDetail(expected.text);
	if ('names' in expected) return m.link_expected_names({ names: formatList(expected.names) });
	const [least, most] = expected.bounds;
	const words = { least: String(least), most: String(most) };
	return expected.whole ? m.link_expected_whole(words) : m.link_expected_number(words);
}

const PAGE_NAMES = { lab: m.nav_lab, explore: m.nav_explore };

/** The names of the settings that an experiment's values belong to. */
const SETTINGS: Readonly<Record<string, () => string>> = {
	learningRate: m.learning_rate,
	momentum: m.momentum,
	weightDecay: m.weight_decay,
	depth: m.depth
};
const settingName = (path: string) => SETTINGS[path.slice(path.lastIndexOf('.') + 1)]?.() ?? path;

const TEXTS: Texts<LinkProblem> = {
	'long-link': ({ length, most }) =>
		m.link_long({ length: formatCount(length), most: formatCount(most) }),
	'unknown-parameter': ({ key, value, nearest, known }) =>
		formatSentences([
			m.link_unknown_parameter({ text: value ? `${key}=${value}` : key }),
			nearest ? nearestText(nearest) : m.link_known({ known: formatList(known) })
		]),
	'other-page': ({ key, page }) => m.link_other_page({ key, page: PAGE_NAMES[page]() }),
	'repeated-parameter': ({ key, value, used }) => m.link_repeated({ key, value, used }),
	'unknown-value': ({ key, value, known, nearest, used }) =>
		formatSentences([
			m.link_unknown_value({ key, value }),
			nearestText(nearest),
			m.link_known({ known: formatList(known) }),
			usedText(used)
		]),
	'wrong-value': ({ key, value, expected, used }) =>
		formatSentences([
			m.link_wrong_value({ key, value, expected: expectedText(expected) }),
			usedText(used)
		]),
	'unknown-depth': ({ value, nearest, most, used }) =>
		formatSentences([
			m.link_depth({ value, most, nearest: formatList(nearest.map(String)) }),
			usedText(String(used))
		]),
	'long-experiment': ({ length, most }) =>
		m.link_long_experiment({ length: formatCount(length), most: formatCount(most) }),
	'cut-experiment': () => m.link_cut_experiment(),
	'refused-value': ({ path, value, expected }) =>
		m.link_refused_value({ path, value, expected: expectedText(expected) }),
	'unusual-value': ({ path, value, bounds: [least, most] }) =>
		m.link_unusual_value({
			name: settingName(path),
			value: String(value),
			least: String(least),
			most: String(most)
		}),
	'unknown-origin': ({ preset, nearest }) =>
		formatSentences([m.link_unknown_origin({ preset }), nearestText(nearest)]),
	'overruled-parameter': ({ key, by }) => m.link_overruled({ key, by }),
	'unknown-network': ({ name, nearest }) =>
		m.explore_unknown({ text: name, nearest: formatList(nearest) }),
	'unknown-option': ({ network, option, known }) =>
		formatSentences([
			m.link_unknown_option({ network, option }),
			known.length ? m.link_known({ known: formatList(known) }) : ''
		]),
	'repeated-option': ({ network, option }) => m.link_repeated_option({ network, option }),
	'unfit-option': ({ network, option, only }) =>
		only === 'residual'
			? m.link_only_residual({ network, option })
			: m.link_only_bottlenecks({ network, option }),
	'option-value': ({ network, option, value, expected }) =>
		m.link_option_value({ network, option, value, expected: expectedText(expected) }),
	'many-networks': ({ name, most }) => m.link_many_networks({ name, most }),
	'no-shortcut': ({ network, block }) => m.link_no_shortcut({ name: network, block }),
	'no-network': ({ key, value }) => m.link_no_network({ key, value }),
	'no-place': ({ value }) => m.link_no_place({ value }),
	'no-link': ({ text }) => m.link_none({ text: text || '–' }),
	'unknown-page': ({ name, nearest }) =>
		formatSentences([m.link_unknown_page({ name }), nearestText(nearest)]),
	'unknown-lesson': ({ name, nearest, known }) =>
		formatSentences([
			m.link_unknown_lesson({ name }),
			nearestText(nearest),
			m.link_known({ known: formatList(known) })
		])
};

/** Describes a problem with an address in the reader's language. */
export const linkProblemText = (problem: LinkProblem): string => textOf(TEXTS, problem);
