import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		adapter: adapter({ pages: 'build', assets: 'build', strict: true }),
		paths: { relative: true },
		prerender: { handleMissingId: 'fail' },
		typescript: {
			// What stands outside src/ is checked as well. Paths are from .svelte-kit/.
			config: ({ include, ...config }) => ({
				...config,
				include: [...include, '../*.js', '../*.ts', '../bench', '../e2e', '../scripts']
			})
		}
	}
};
