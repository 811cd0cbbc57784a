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

	/** Applies the preferences of the address, else the stored ones, else the browser's. */
	start(): void {
		const asked = new URL(location.href).searchParams;
		const languages = [asked.get('lang'), stored('language'), ...navigator.languages];
		const primary = languages.map((tag) => tag?.toLowerCase().split('-')[0]);
		this.#showLanguage(locales.find((locale) => locale === primary.find(isLocale)) ?? 'en');
		const themes = [asked.get('theme'), stored('theme')];
		this.ready = true;
		this.toured = stored('toured') !== null;
		this.#showTheme(THEMES.find((theme) => theme === themes.find(isTheme)) ?? 'system');
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

const isLocale = (tag: string | null | undefined) => locales.some((locale) => locale === tag);
const isTheme = (name: string | null) => THEMES.some((theme) => theme === name);
