import { describe, expect, it } from 'vitest';
import { readExplorerLink, show, writeExplorerLink } from './link';

describe('a link to the explorer', () => {
	it('restores networks, options, cut shortcuts, zoom and what is chosen', () => {
		const { gates } = show('resnet-50?stride=3x3');
		const cut = gates.map((gate, block) => ([0, 3, 4, 5].includes(block) ? 0 : gate));
		const selected = { index: 0, key: 'block:block3' } as const;
		const look = { x: 900, y: -20, span: 1500 };
		const parts = [
			{ name: 'resnet-50?stride=3x3', gates: cut, look },
			{ name: 'vgg-16', gates: [], look: null }
		];
		const read = readExplorerLink(writeExplorerLink(parts, selected).toString());
		expect(read.looks[0]).toEqual(look);
		expect(read.looks[1] ?? null).toBeNull();
		expect(read.problems).toEqual([]);
		expect(read.shown.map(({ name, gates }) => ({ name, gates }))).toEqual(
			parts.map(({ name, gates }) => ({ name, gates }))
		);
		expect(read.selected).toEqual(selected);
	});

	it('without networks shows the default', () => {
		expect(readExplorerLink('').shown.map(({ name }) => name)).toEqual(['resnet-34', 'plain-34']);
	});

	it.each([
		['net=resnet-51', 'net', 'resnet-51'],
		['net=resnet-50?stride=2', 'net', 'resnet-50?stride=2'],
		['net=plain-34&cut=3', 'cut', '3'],
		['net=resnet-34&cut=99', 'cut', '99'],
		['net=resnet-34&cut=5-3', 'cut', '5-3'],
		['net=resnet-34&see=1,2', 'see', '1,2'],
		['net=resnet-34&see=0,0,1', 'see', '0,0,1'],
		['net=resnet-34&at=0/op:nowhere', 'at', '0/op:nowhere'],
		['net=resnet-34&at=<script>', 'at', '<script>'],
		[`net=vgg-16&${'net=vgg-19&'.repeat(4)}`, 'net', 'vgg-19']
	])('%s: what is wrong is named, the rest holds', (text, part, value) => {
		const { problems, shown } = readExplorerLink(text);
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatchObject({ part, value });
		expect(shown.length).toBeGreaterThan(0);
	});

	it('that is too long is not read', () => {
		const { problems, shown } = readExplorerLink('net=vgg-16&'.repeat(1000));
		expect(problems[0].part).toBe('link');
		expect(shown).toHaveLength(2);
	});
});
