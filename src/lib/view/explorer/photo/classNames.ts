/** The names of ImageNet's classes, fetched when the first photograph needs them. */
import * as v from 'valibot';
import { fetchFile } from '$lib/base/fetchFile';

const schema = v.object({ classes: v.pipe(v.array(v.string()), v.length(1000)) });

/** @param url address of `imagenet/classes.json`; its own fields say where the names come from */
export async function classNames(url: string): Promise<readonly string[]> {
	const text = new TextDecoder().decode(await fetchFile(url));
	return v.parse(schema, JSON.parse(text)).classes;
}
