// Runs a TypeScript module of the project in headless Chromium and calls functions that it puts on
// `globalThis`. Command-line tools use it to reach the engine, which needs a browser.
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { createServer } from 'vite';
import { ISOLATION } from '../src/lib/base/isolation.mjs';
import { chromiumLaunch } from './browser.mjs';
import { ROOT } from './run.mjs';

/** The engine's backends, under the names that commands accept. */
export const BACKENDS = /** @type {const} */ (['webgpu', 'webgl', 'wasm', 'cpu']);

const PATH = '/tool.html';

/**
 * @param {string} module path from the project's root
 * @param {string} ready name of a function that the module puts on `globalThis`
 * @param {object} [options]
 * @param {boolean} [options.gpu] computes on the graphics card; without one, prints a message and exits with 1
 * @param {string} [options.profile] folder of the browser's profile; a later call at the same port finds what the page has stored
 * @param {number} [options.port] of the server; by default any free port
 * @param {string} [options.root] checkout that contains the module; by default this one
 * @throws {Error} when the module does not load
 */
export async function openPage(
	module,
	ready,
	{ gpu = false, profile, port = 0, root = ROOT } = {}
) {
	const { kernels } = await import(pathToFileURL(join(root, 'scripts/kernels.mjs')).href);
	const server = await createServer({
		root,
		configFile: false,
		logLevel: 'error',
		// A cache per tool: in a shared one Vite would bundle dependencies again while the page loads, and reload it.
		cacheDir: join(root, '.cache/vite-tools', basename(module, '.ts')),
		resolve: { alias: { $lib: join(root, 'src/lib') } },
		optimizeDeps: { entries: [module.slice(1)] },
		server: {
			host: 'localhost',
			port,
			strictPort: port > 0,
			hmr: false,
			watch: null,
			headers: ISOLATION
		},
		plugins: [
			kernels(),
			// Some modules of the page keep their state in runes.
			svelte({ configFile: false }),
			{
				name: 'tool-page',
				configureServer({ middlewares }) {
					middlewares.use((request, response, next) => {
						if (request.url !== PATH) return next();
						for (const [name, value] of Object.entries(ISOLATION)) response.setHeader(name, value);
						response.setHeader('Content-Type', 'text/html');
						response.end(`<!doctype html><script type="module" src="${module}"></script>`);
					});
				}
			}
		]
	});
	await server.listen();
	const launch = chromiumLaunch({ gpu });
	const browser = profile
		? await chromium.launchPersistentContext(profile, launch)
		: await chromium.launch(launch);
	const page = await browser.newPage();
	/** @type {string[]} */
	const problems = [];
	page.on('pageerror', (error) => problems.push(error.message));
	const url = new URL(PATH, server.resolvedUrls?.local[0]);
	await page.goto(url.href, { timeout: 300_000 });
	await page
		.waitForFunction((name) => name in globalThis, ready, { timeout: 300_000 })
		.catch((error) => {
			throw new Error([`${module} did not load`, ...problems].join(': '), { cause: error });
		});
	const close = async () => {
		await browser.close();
		await server.close();
	};
	const { isSoftware } = await server.ssrLoadModule('/src/lib/engine/adapters.ts');
	const missing = gpu && (await missingCard(page, isSoftware));
	if (missing) {
		await close();
		console.error(missing);
		process.exit(1);
	}
	return {
		page,
		port: Number(url.port),
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
		close
	};
}

/**
 * Says why the browser has no graphics card; null if WebGPU or WebGL runs on one.
 * @param {import('@playwright/test').Page} page
 * @param {(adapter: string) => boolean} isSoftware
 */
async function missingCard(page, isSoftware) {
	const found = await page.evaluate(async () => {
		const info = (await navigator.gpu?.requestAdapter())?.info;
		const gl = document.createElement('canvas').getContext('webgl2');
		const names = gl?.getExtension('WEBGL_debug_renderer_info');
		return {
			WebGPU: info ? [info.vendor, info.architecture, info.description].join(' ') : null,
			WebGL: gl ? String(gl.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER)) : null
		};
	});
	const adapters = Object.entries(found);
	if (adapters.some(([, adapter]) => adapter !== null && !isSoftware(adapter))) return null;
	const seen = adapters.map(([name, adapter]) => `${name}: ${adapter ?? 'no adapter'}`).join('; ');
	return `No adapter of a graphics card was found (${seen}). Check that its driver has Vulkan, with vulkaninfo, or leave --gpu out to compute on the software adapter.`;
}
