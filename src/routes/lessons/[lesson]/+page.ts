import { error } from '@sveltejs/kit';
import { LESSONS, loadLesson } from '$lib/lessons';

/** A page for each lesson. */
export const entries = () => LESSONS.map((lesson) => ({ lesson }));

/** In English, as the page is built; the reader's language comes with the page. */
export async function load({ params: { lesson: name } }) {
	if (!LESSONS.includes(name)) error(404);
	return { name, lesson: await loadLesson(name, 'en') };
}
