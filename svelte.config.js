import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { withFileList } from './scripts/offline.mjs';

/** SvelteKit knows the scripts that it writes into pages, but not the one of app.html. */
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
		prerender: { handleMissingId: 'fail' },
		// Nothing is loaded from elsewhere, and nothing runs that is not in our files.
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['none'],
				'script-src': ['self', 'wasm-unsafe-eval', ownScript],
				'style-src': ['self'],
				// Widths and colours that are computed.
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
			// What stands outside src/ is checked as well. Paths are from .svelte-kit/.
			config: ({ include, ...config }) => ({
				...config,
				include: [...include, '../*.js', '../*.ts', '../bench', '../e2e', '../scripts']
			})
		}
	}
};
