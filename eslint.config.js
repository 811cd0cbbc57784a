// The lint rules. Among them: imports go down the list of folders in scripts/house.js, never up.
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';
import { houseRules } from './scripts/house.js';

export default ts.config(
	{
		ignores: [
			'node_modules/',
			'.svelte-kit/',
			'build/',
			'pack/',
			'.cache/',
			'src/lib/paraglide/',
			// AssemblyScript looks like TypeScript but is another language; its own compiler checks it.
			'src/lib/engine/wasm/assembly/',
			'test-results/',
			'playwright-report/'
		]
	},
	js.configs.recommended,
	...ts.configs.recommended,
	...svelte.configs.recommended,
	prettier,
	...svelte.configs.prettier,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			'no-undef': 'off',
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_' }
			],
			'svelte/no-navigation-without-resolve': 'off'
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts', '**/*.svelte.js'],
		languageOptions: {
			// No rule knows types: TypeScript's service, anew for each component, would take three quarters of the time.
			parserOptions: { parser: ts.parser, svelteConfig }
		}
	},
	{
		files: ['src/**'],
		ignores: ['src/**/*.test.ts', 'src/**/testing.ts', 'src/**/{test,testing}/**'],
		rules: { '@typescript-eslint/no-non-null-assertion': 'error' }
	},
	...houseRules
);
