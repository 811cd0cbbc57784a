import { describe, expect, it } from 'vitest';
import { m } from '$lib/paraglide/messages';
import { boxOf } from '../graph/walk';
import { readExplorerLink, show, writeExplorerLink } from './link';
import { WALK } from './walk';
import { WALK_TEXTS } from './walkTexts';

describe('the guided walk', () => {
	it('has eight stops, and what is marked at each is there', () => {
		expect(WALK).toHaveLength(8);
		expect(WALK_TEXTS).toHaveLength(8);
		for (const { networks, at } of WALK)
			if (at) expect(boxOf(show(networks[at.index]).layout, at.key), at.key).not.toBeNull();
	});

	// The paper's Tables 2, 3 and 6; parameters and operations as torchvision and BVLC count them.
	it.each([
		[1, ['61.0 M', '96%', '92%']],
		[2, ['11×11', '15.5 G', '724 M', '138 M']],
		[3, ['7.00 M', '20 times']],
		[4, ['28.54%', '27.94%']],
		[5, ['Only 3', '173,824', '28.54%', '24.52%']],
		[6, ['11.3 G', '15.5 G', '6.71%', '6.05%', '5.71%']],
		[7, ['8.75%', '6.43%', '1.73 M', '7.93%', '19.4 M']],
		[8, ['11×11', '96%', '89%', '15%', '8%']]
	])('stop %i quotes what was published and what is drawn', (stop, figures) => {
		const text = WALK_TEXTS[stop - 1].text();
		for (const figure of figures) expect(text).toContain(figure);
	});

	it('has no other decimal number in its texts, in either language', () => {
		const free = Object.entries(m).filter(([name]) => /^walk_\w+_text$/.test(name));
		expect(free).toHaveLength(8);
		const none = new Proxy({}, { get: () => '' });
		for (const locale of ['en', 'zh'] as const)
			for (const [, text] of free)
				expect((text as (inputs: object, options: object) => string)(none, { locale })).not.toMatch(
					/\d[.,]\d|\d ?%/
				);
	});

	it.each(WALK.map((_, i) => i + 1))(
		'stop %i is a link, and as it is left it is no longer',
		(stop) => {
			const link = readExplorerLink(`walk=${stop}`);
			expect(link).toMatchObject({ walk: stop, problems: [] });
			const parts = link.shown.map(({ name, gates }) => ({ name, gates, look: null }));
			const write = (with_ = parts) =>
				writeExplorerLink(with_, link.selected, link.alignment, link.walk).toString();
			expect(write()).toBe(`walk=${stop}`);
			const more = [...parts, { name: 'vgg-19', gates: [], look: null }].slice(-4);
			const read = readExplorerLink(write(more));
			expect(read.walk).toBe(stop);
			expect(read.shown.map(({ name }) => name)).toEqual(more.map(({ name }) => name));
		}
	);

	it('has no ninth stop', () => {
		expect(readExplorerLink('walk=9')).toMatchObject({ walk: null, problems: [{ key: 'walk' }] });
	});
});
