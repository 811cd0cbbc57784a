import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';

/** The explorer is the first page. */
export function load() {
	redirect(307, resolve('/explore/'));
}
