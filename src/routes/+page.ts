import { redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';

/** The lab is the first page. */
export function load() {
	redirect(307, resolve('/lab'));
}
