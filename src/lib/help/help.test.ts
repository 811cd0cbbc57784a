import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { locales } from '$lib/paraglide/runtime';
import { linkTerms } from '../../../scripts/help.mjs';
import { glossary, troubleshooting } from './help';
import { STOPS } from './tour';

describe('the glossary', () => {
	it('explains the same terms in every language, each once', () => {
		const ids = glossary('en').map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
		expect(ids.length).toBeGreaterThan(25);
		for (const locale of locales) expect(glossary(locale).map(({ id }) => id)).toEqual(ids);
	});

	it('has no word that stands for two terms', () => {
		for (const locale of locales) {
			const words = glossary(locale).flatMap((term) => [
				...new Set(term.words.map((word) => word.toLowerCase()))
			]);
			expect(new Set(words).size).toBe(words.length);
		}
	});

	it('is what the files hold', () => {
		const file = parse(readFileSync('src/lib/help/glossary/zh.yaml', 'utf8'));
		expect(glossary('zh')).toEqual(file);
	});
});

describe('linking terms', () => {
	const terms = [
		{ id: 'norm', words: ['norm', 'norms'], text: 'a "length"' },
		{ id: 'gradient-norm', words: ['gradient norm'], text: 'of a gradient' },
		{ id: 'shortcut', words: ['捷径'], text: '绕过' }
	];
	const link = (html: string) => linkTerms(html, terms, new Set(), '/help/');

	it('takes the longest, once, in text alone', () => {
		expect(link('<h2>norm</h2><p>A gradient norm, a norm, norms, normal.</p>')).toBe(
			'<h2>norm</h2><p>A <a class="term" href="/help/#gradient-norm" title="of a gradient">gradient norm</a>, ' +
				'a <a class="term" href="/help/#norm" title="a &quot;length&quot;">norm</a>, norms, normal.</p>'
		);
	});

	it('finds words that no space sets apart', () => {
		expect(link('<p>带捷径的</p>')).toContain('>捷径</a>的');
	});

	it('leaves links, code and attributes alone', () => {
		const html = '<p><a href="norm">norm</a> <code>norm</code> <img alt="norm"></p>';
		expect(link(html)).toBe(html);
	});
});

describe('the advice', () => {
	it('has the same headings in every language', () => {
		const count = (html: string) => html.match(/<h2>/g)?.length ?? 0;
		expect(count(troubleshooting('en'))).toBeGreaterThan(5);
		for (const locale of locales)
			expect(count(troubleshooting(locale))).toBe(count(troubleshooting('en')));
	});
});

it('every stop of a tour is a part of some page', () => {
	const pages = readdirSync('src', { recursive: true, encoding: 'utf8' })
		.filter((path) => path.endsWith('.svelte'))
		.map((path) => readFileSync(join('src', path), 'utf8'))
		.join();
	for (const [part] of Object.values(STOPS).flat())
		expect(pages, part).toContain(`data-tour="${part}"`);
});
