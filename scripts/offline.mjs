// Lists all files of the built app with hashes of their contents, for the service worker.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const LIST = 'files.json';
/** Files that are not cached: the service worker itself and its list. */
const APART = new Set([LIST, 'service-worker.js']);

/**
 * Wraps an adapter of SvelteKit: when the app is built, the list is written beside it.
 * @param {import('@sveltejs/kit').Adapter} adapter
 * @param {string} folder that it writes to
 * @returns {import('@sveltejs/kit').Adapter}
 */
export function withFileList(adapter, folder) {
	return {
		...adapter,
		async adapt(builder) {
			await adapter.adapt(builder);
			writeFileSync(join(folder, LIST), JSON.stringify(fileList(folder)));
		}
	};
}

/**
 * @param {string} folder
 * @returns {Record<string, string>} paths from the folder, with slashes, and hashes
 */
export function fileList(folder) {
	const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.filter((path) => !APART.has(path))
		.sort();
	const hash = (/** @type {string} */ path) =>
		createHash('sha256')
			.update(readFileSync(join(folder, path)))
			.digest('hex')
			.slice(0, 16);
	return Object.fromEntries(paths.map((path) => [path, hash(path)]));
}
