/**
 * What a reader prefers: language (English or Chinese) and theme, both switched live and kept on this
 * machine. A reload would stop training, so the messages' locale is a piece of reactive state.
 */
import { store, stored } from '$lib/base/stored';
import { locales, overwriteGetLocale, type Locale } from '$lib/paraglide/runtime';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];

class Preferences {
	/** Whether the page works: before, it is a picture of itself, and a click on it would be lost. */
	ready = $state(false);
	locale = $state<Locale>('en');
	theme = $state<Theme>('system');
	/** Whether the tour was taken or declined; true until that is known. */
	toured = $state(true);

	/** Takes what the address asks for, else what was stored, else what the browser prefers. */
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

	/** Makes a link show the page as it is now: the language, and the theme where one is chosen. */
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

	/** Shows another theme while something is done, as for a picture that is to be printed. */
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
