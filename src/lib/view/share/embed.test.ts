import { describe, expect, it } from 'vitest';
import { readEveryPage } from '../everyPage';
import { embedMarkup, wholeAddress } from './embed';

const origin = 'https://school.example';

describe('an embedded page', () => {
	it('leads to the same state in the app', () => {
		const place = { origin, pathname: '/lab/', search: '?preset=depths&embed', hash: '#part-2' };
		expect(wholeAddress(place, null)).toBe(`${origin}/lab/?preset=depths#part-2`);
		expect(wholeAddress(place, new URLSearchParams('seed=2&embed'))).toBe(
			`${origin}/lab/?seed=2#part-2`
		);
		expect(wholeAddress({ ...place, search: '?embed=', hash: '' }, null)).toBe(`${origin}/lab/`);
	});

	it('has markup with its whole address, escaped, before the hash', () => {
		const markup = embedMarkup(`${origin}/lab/?net=a&seed=2#part-3`, 'A "<b>"');
		expect(markup).toContain(`src="${origin}/lab/?net=a&amp;seed=2&amp;embed=#part-3"`);
		expect(markup).toContain('title="A &quot;&lt;b>&quot;"');
	});

	it('has a parameter that every page knows', () => {
		for (const page of ['lab', 'explore', 'lessons', 'first'] as const) {
			const { problems, strange } = readEveryPage('?embed', page);
			expect([...problems, ...strange], page).toEqual([]);
		}
	});
});
