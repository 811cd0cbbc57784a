/**
 * The reader's preferences: language (English or Chinese) and theme, which switch live and are stored on this machine.
 * The messages' locale is reactive state, because a reload would stop training.
 */
import { store, stored } from '$lib/base/stored';
import { locales, overwriteGetLocale, type Locale } from '$lib/paraglide/runtime';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

class Preferences {
	/** Whether the page is hydrated; before, clicks on it would be lost. */
	ready = $state(false);
	locale = $state<Locale>('en');
	theme = $state<Theme>('system');
	/** Whether the tour was taken or declined; true until this is known. */
	toured = $state(true);

	/** Applies the preferences that the address asks for, else the stored ones, else the browser's. */
	start(asked: { readonly locale: Locale | null; readonly theme: Theme | null }): void {
		const known = [stored('language'), ...navigator.languages].map((tag) => localeOf(tag ?? ''));
		this.#showLanguage(asked.locale ?? known.find((locale) => locale !== undefined) ?? 'en');
		this.ready = true;
		this.toured = stored('toured') !== null;
		const kept = stored('theme');
		this.#showTheme(asked.theme ?? THEMES.find((theme) => theme === kept) ?? 'system');
	}

	endTour(): void {
		this.toured = true;
		store('toured', 'yes');
	}

	/** Adds the present language, and the theme if one is chosen, to a link. */
	addTo(search: URLSearchParams): URLSearchParams {
		search.set('lang', this.locale);
		if (this.theme !== 'system') search.set('theme', this.theme);
		return search;
	}

	chooseLanguage(locale: Locale): void {
		this.#showLanguage(locale);
		store('language', locale);
	}

	chooseTheme(theme: Theme): void {
		this.#showTheme(theme);
		store('theme', theme);
	}

	/** Shows another theme during an action, such as drawing a picture for printing. */
	async during(theme: Theme, action: () => Promise<void>): Promise<void> {
		const before = this.theme;
		this.#showTheme(theme);
		try {
			await action();
		} finally {
			this.#showTheme(before);
		}
	}

	#showLanguage(locale: Locale): void {
		this.locale = locale;
		document.documentElement.lang = locale === 'zh' ? 'zh-CN' : locale;
	}

	/** `app.html` does the same before the first paint. */
	#showTheme(theme: Theme): void {
		this.theme = theme;
		if (theme === 'system') delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = theme;
	}
}

export const preferences = new Preferences();
overwriteGetLocale(() => preferences.locale);

/** The app's language for a language tag such as `zh-Hans`; undefined if it has none. */
export function localeOf(tag: string): Locale | undefined {
	const [primary] = tag.toLowerCase().split(/[-_]/);
	return locales.find((locale) => locale === primary);
}
