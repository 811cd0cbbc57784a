// Loads TypeScript modules of the app that need no browser into a script.
import { extname, join } from 'node:path';
import { runnerImport } from 'vite';
import { ROOT } from './run.mjs';

const LIB = join(ROOT, 'src/lib');

/**
 * @param {string} path under `src/lib`: a file, or a folder whose `index.ts` is loaded
 * @returns {Promise<any>} its exports
 */
export async function loadModule(path) {
	const { module } = await runnerImport(join(LIB, extname(path) ? path : `${path}/index.ts`), {
		root: ROOT,
		configFile: false,
		resolve: { alias: { $lib: LIB } },
		logLevel: 'error'
	});
	return module;
}
