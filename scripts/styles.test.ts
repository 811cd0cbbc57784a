/** Checks style sheets for declarations that older browsers in classrooms silently drop. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './run.mjs';

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
	.filter((path) => /\.(svelte|css)$/.test(path))
	.map((path) => ({ path, text: readFileSync(join(ROOT, 'src', path), 'utf8') }));

// Before version 26, Safari's shorthand sets only the line; style and colour need their own properties.
it('text-decoration has a single value', () => {
	const found = sources.flatMap(({ path, text }) =>
		[...text.matchAll(/[\s;{]text-decoration:\s*([^;}]+)/g)]
			.filter(([, value]) => value.trim().split(/\s+/).length > 1)
			.map(([, value]) => `${path}: ${value}`)
	);
	expect(found).toEqual([]);
});
