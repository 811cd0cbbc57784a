import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { withFileList } from './scripts/offline.mjs';

/** Hash of the inline script in app.html, which SvelteKit does not add to the content security policy. */
const [, script] = /<script>([\s\S]*?)<\/script>/.exec(readFileSync('src/app.html', 'utf8')) ?? [];
if (script === undefined) throw new Error('src/app.html: expected a script');
const ownScript = /** @type {const} */ (
	`sha256-${createHash('sha256').update(script).digest('base64')}`
);

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		adapter: withFileList(adapter({ pages: 'build', assets: 'build', strict: true }), 'build'),
		paths: { relative: true },
		// Small styles stand in the page: each would be a request of its own.
		inlineStyleThreshold: 2048,
		prerender: { handleMissingId: 'fail' },
		// `+layout.svelte` does it.
		serviceWorker: { register: false },
		// Allows only the app's own files.
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['none'],
				'script-src': ['self', 'wasm-unsafe-eval', ownScript],
				'style-src': ['self'],
				// Inline styles hold computed widths and colours.
				'style-src-attr': ['unsafe-inline'],
				'img-src': ['self', 'data:', 'blob:'],
				'connect-src': ['self', 'data:', 'blob:'],
				'worker-src': ['self'],
				'manifest-src': ['self'],
				'base-uri': ['none'],
				'form-action': ['none'],
				'object-src': ['none']
			}
		},
		typescript: {
			// Also checks files outside src/. Paths are relative to .svelte-kit/.
			config: ({ include, ...config }) => ({
				...config,
				include: [...include, '../*.js', '../*.ts', '../bench', '../e2e', '../scripts', '../server']
			})
		}
	}
};
