// Loads the app's pure TypeScript modules (network, data) into a script.
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { ROOT } from './run.mjs';

/**
 * @param {string} folder under `src/lib`, whose `index.ts` is loaded
 * @returns {Promise<any>} its exports
 */
export async function loadModule(folder) {
	const { module } = await runnerImport(join(ROOT, 'src/lib', folder, 'index.ts'), {
		root: ROOT,
		configFile: false,
		logLevel: 'error'
	});
	return module;
}
