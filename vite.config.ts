import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import packageJson from './package.json' with { type: 'json' };
import { chromiumLaunch } from './scripts/browser.mjs';
import { help } from './scripts/help.mjs';
import { kernels } from './scripts/kernels.mjs';
import { lessons } from './scripts/lessons.mjs';
import { ISOLATION } from './src/lib/base/isolation.mjs';

/** On a busy machine all waits are long: these limits only end what would never end. */
const PATIENT = {
	testTimeout: 300_000,
	hookTimeout: 300_000,
	expect: { poll: { timeout: 60_000 } }
};

export default defineConfig({
	plugins: [
		kernels(),
		help(),
		lessons(),
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/lib/paraglide',
			emitTsDeclarations: true,
			strategy: ['baseLocale']
		}),
		sveltekit()
	],
	server: { headers: ISOLATION },
	preview: { headers: ISOLATION },
	define: { __APP__: JSON.stringify(`${packageJson.name} ${packageJson.version}`) },
	// One file for the training worker: a service worker's list would miss its split chunks.
	worker: { format: 'es', rolldownOptions: { output: { codeSplitting: false } } },
	build: {
		chunkSizeWarningLimit: 1500,
		// Small files that several pages share: each would be a request of its own.
		rolldownOptions: {
			// A module of ours that a page uses nothing of is left out, even where its constants are computed.
			treeshake: { moduleSideEffects: [{ test: /src\/lib\/.*\.ts$/, sideEffects: false }] },
			output: {
				codeSplitting: {
					groups: [
						{ name: 'shared-texts', test: /paraglide.messages.(nav_|close\.|notice_|app_title)/ },
						// What the frame of every page needs: reading its address, small parts.
						{
							name: 'frame',
							test: /fastest-levenshtein|lib.(base.(address|parameters|patience)|class.keep|lab.tabs|view.(class.seat|everyPage|present.present|share.share|ui.Notice))\.|icons.x\./
						}
					]
				}
			}
		}
	},
	test: {
		projects: [
			{
				extends: true,
				resolve: { alias: [{ find: /\/wasmFiles$/, replacement: '/wasmFilesInNode' }] },
				test: {
					name: 'unit',
					environment: 'node',
					// All cores: the default leaves one of two idle.
					maxWorkers: '100%',
					// All files of a worker share its modules: loading tfjs anew for each took half of the time.
					isolate: false,
					// PyTorch's threads wait for each other by spinning, which holds up all else where cores are few.
					env: { OMP_NUM_THREADS: '1' },
					...PATIENT,
					include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'server/**/*.test.ts'],
					exclude: ['src/**/*.browser.test.ts']
				}
			},
			{
				extends: true,
				// Found only when the first test needs them, they would begin all tests anew.
				optimizeDeps: { include: ['@noble/hashes/sha2.js', '@noble/hashes/utils.js'] },
				test: {
					name: 'browser',
					include: ['src/**/*.browser.test.ts'],
					...PATIENT,
					browser: {
						enabled: true,
						headless: true,
						screenshotFailures: false,
						provider: playwright({ launchOptions: chromiumLaunch() }),
						instances: [{ browser: 'chromium' }]
					}
				}
			}
		]
	}
});
