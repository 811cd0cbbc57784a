/** A lesson in the reader's language. */
import { preferences } from '$lib/view/preferences.svelte';
import { loadLesson, type Lesson } from './lesson';

/**
 * The lesson in the reader's language once it is loaded, and in English before, as the page is built. Call it while a component
 * is created.
 * @param english name of a lesson and its English text
 * @returns reads the lesson
 */
export function translated(
	english: () => { readonly name: string; readonly lesson: Lesson }
): () => Lesson {
	let loaded = $state.raw<{ name: string; locale: string; lesson: Lesson } | null>(null);
	$effect(() => {
		const { name } = english();
		const { locale } = preferences;
		if (locale === 'en') return;
		void loadLesson(name, locale).then((lesson) => (loaded = { name, locale, lesson }));
	});
	return () =>
		loaded?.name === english().name && loaded.locale === preferences.locale
			? loaded.lesson
			: english().lesson;
}
