/** The texts of the app: each in every language, with the same parameters, and none that nothing says. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './run.mjs';

const languages = readdirSync(join(ROOT, 'messages')).map((file) => ({
	file,
	texts: JSON.parse(readFileSync(join(ROOT, 'messages', file), 'utf8')) as Record<string, unknown>
}));
const [english] = languages.filter(({ file }) => file === 'en.json');
const keysOf = (texts: Record<string, unknown>) =>
	Object.keys(texts).filter((key) => key[0] !== '$');
const parametersOf = (text: unknown) =>
	[...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

it.each(languages)('$file has every text of en.json, with its parameters', ({ texts }) => {
	expect(keysOf(texts).sort()).toEqual(keysOf(english.texts).sort());
	for (const key of keysOf(texts)) {
		const own = new Set(parametersOf(texts[key]));
		expect(own, key).toEqual(new Set(parametersOf(english.texts[key])));
	}
});

it('no text is unused', () => {
	const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
		.filter((path) => /\.(svelte|ts)$/.test(path) && !path.includes('paraglide'))
		.map((path) => readFileSync(join(ROOT, 'src', path), 'utf8'));
	const used = new Set(
		sources.flatMap((text) => [...text.matchAll(/\bm\.(\w+)/g)].map(([, key]) => key))
	);
	expect(keysOf(english.texts).filter((key) => !used.has(key))).toEqual([]);
});
