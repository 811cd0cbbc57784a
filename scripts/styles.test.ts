/** What browsers of a classroom do not understand in style sheets, and would drop without a word. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './run.mjs';

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
	.filter((path) => /\.(svelte|css)$/.test(path))
	.map((path) => ({ path, text: readFileSync(join(ROOT, 'src', path), 'utf8') }));

// Safari before 26 knows the shorthand for the line alone: style and colour go by themselves.
it('text-decoration is given one value', () => {
	const found = sources.flatMap(({ path, text }) =>
		[...text.matchAll(/[\s;{]text-decoration:\s*([^;}]+)/g)]
			.filter(([, value]) => value.trim().split(/\s+/).length > 1)
			.map(([, value]) => `${path}: ${value}`)
	);
	expect(found).toEqual([]);
});
