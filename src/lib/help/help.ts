/** The texts of the help page, in the reader's language; `scripts/help.mjs` makes modules of them. */
import type { Locale } from '$lib/paraglide/runtime';

export interface Term {
	/** The same in every language. */
	readonly id: string;
	/** The term, and other forms in which texts use it. */
	readonly words: readonly string[];
	readonly text: string;
}

const glossaries = import.meta.glob<readonly Term[]>('./glossary/*.yaml', {
	import: 'default',
	eager: true
});
const advice = import.meta.glob<string>('./troubleshooting/*.md', {
	import: 'default',
	eager: true
});

export const glossary = (locale: Locale): readonly Term[] =>
	glossaries[`./glossary/${locale}.yaml`] ?? [];

/** HTML */
export const troubleshooting = (locale: Locale): string =>
	advice[`./troubleshooting/${locale}.md`] ?? '';
