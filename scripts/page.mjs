// Runs a TypeScript module of the project in headless Chromium and calls functions that it puts on
// `globalThis`: how command-line tools reach the engine, which needs a browser.
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { createServer } from 'vite';
import { chromiumLaunch } from './browser.mjs';
import { kernels } from './kernels.mjs';
import { ROOT } from './run.mjs';

/** The engine's backends, as commands take them. */
export const BACKENDS = /** @type {const} */ (['webgpu', 'webgl', 'wasm', 'cpu']);

const PATH = '/tool.html';

/**
 * @param {string} module path from the project's root
 * @param {string} ready name of a function that stands on `globalThis` once the module has loaded
 */
export async function openPage(module, ready) {
	const server = await createServer({
		root: ROOT,
		configFile: false,
		logLevel: 'error',
		cacheDir: join(ROOT, '.cache/vite-tools'),
		resolve: { alias: { $lib: join(ROOT, 'src/lib') } },
		optimizeDeps: { entries: [module.slice(1)] },
		server: { host: 'localhost', port: 0, hmr: false, watch: null },
		plugins: [
			kernels(),
			{
				name: 'tool-page',
				configureServer({ middlewares }) {
					middlewares.use((request, response, next) => {
						if (request.url !== PATH) return next();
						response.setHeader('Content-Type', 'text/html');
						response.end(`<!doctype html><script type="module" src="${module}"></script>`);
					});
				}
			}
		]
	});
	await server.listen();
	const browser = await chromium.launch(chromiumLaunch());
	const page = await browser.newPage();
	/** @type {string[]} */
	const problems = [];
	page.on('pageerror', (error) => problems.push(error.message));
	await page.goto(new URL(PATH, server.resolvedUrls?.local[0]).href);
	await page
		.waitForFunction((name) => name in globalThis, ready, { timeout: 60_000 })
		.catch((error) => {
			throw new Error([`${module} did not load`, ...problems].join(': '), { cause: error });
		});
	return {
		page,
		/**
		 * @param {string} name
		 * @param {...unknown} args plain values
		 * @returns {Promise<any>}
		 */
		call: (name, ...args) =>
			page.evaluate(
				([name, args]) => /** @type {any} */ (globalThis)[name](.../** @type {any[]} */ (args)),
				/** @type {const} */ ([name, args])
			),
		async close() {
			await browser.close();
			await server.close();
		}
	};
}
