// Builds the app if the build is missing or older than its sources. Itself needs only Node's built-in modules.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runTool } from './run.mjs';

/** Files and folders that the built app depends on. */
const SOURCES = [
	'src',
	'static',
	'messages',
	'project.inlang/settings.json',
	'package-lock.json',
	'scripts/help.mjs',
	'scripts/kernels.mjs',
	'scripts/lessons.mjs',
	'scripts/offline.mjs',
	'svelte.config.js',
	'vite.config.ts'
];
export const BUILT = join(ROOT, 'build');

/** @throws {Error} when the build fails; its messages have been printed */
export async function buildIfStale() {
	if (!isStale()) return;
	console.log('Building the app …');
	const code = await runTool('vite', ['build'], { quiet: true });
	if (code !== 0) throw new Error(`The build ended with code ${code}. Its messages are above.`);
}

function isStale() {
	const page = join(BUILT, 'index.html');
	if (!existsSync(page)) return true;
	const builtAt = statSync(page).mtimeMs;
	return SOURCES.some((source) => newest(join(ROOT, source)) > builtAt);
}

/**
 * Time of the latest change in a file or anywhere in a folder; generated code does not count.
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
	if (path.endsWith('paraglide') || !existsSync(path)) return 0;
	const stats = statSync(path);
	if (!stats.isDirectory()) return stats.mtimeMs;
	return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
