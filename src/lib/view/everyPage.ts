/** Reads the parameters that every page takes: the language, the theme, the panels to hide, and the tour. */
import { nameMeant } from '$lib/base/address';
import { Parameters, unknownValue, type Page, type ParameterProblem } from '$lib/base/parameters';
import { locales, type Locale } from '$lib/paraglide/runtime';
import { localeOf, THEMES, type Theme } from './preferences.svelte';
import { PANELS, type Panel } from './present/panels.svelte';

export interface EveryPage {
	/** The language and the theme that are asked for, or null. */
	readonly locale: Locale | null;
	readonly theme: Theme | null;
	readonly hidden: readonly Panel[];
	readonly tour: boolean;
	/** What is wrong with these parameters. */
	readonly problems: readonly ParameterProblem[];
	/** What is wrong with others, which a page that has parameters of its own reports itself. */
	readonly strange: readonly ParameterProblem[];
}

/** Reads the search part of an address. */
export function readEveryPage(search: string, page: Page): EveryPage {
	const link = new Parameters(search, page);
	const strange = link.problems.splice(0);
	const hidden = (link.get('hide') ?? '')
		.split(/[,、\s]+/)
		.filter(Boolean)
		.flatMap((name) => {
			const panel = nameMeant(name, PANELS);
			if (!panel) link.problems.push(unknownValue('hide', name, PANELS));
			return panel ?? [];
		});
	return {
		locale: link.read('lang', localeOf, (value) => unknownValue('lang', value, locales)) ?? null,
		theme: link.choice('theme', THEMES) ?? null,
		hidden,
		tour: link.get('tour') !== undefined,
		problems: link.problems,
		strange
	};
}
