import { describe, expect, it } from 'vitest';
import { drawInteger, randomStream } from '$lib/base/random';
import { formatName, OPTION_NAMES, parseName } from '$lib/network';
import { readExplorerLink as read, show, writeExplorerLink, type LinkPart } from './link';

const names = (search: string) => read(search).shown.map(({ name }) => name);

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
		const link = read(String(writeExplorerLink(parts, selected)));
		expect(link.looks[0]).toEqual(look);
		expect(link.looks[1] ?? null).toBeNull();
		expect(link.problems).toEqual([]);
		expect(link.shown.map(({ name, gates }) => ({ name, gates }))).toEqual(
			parts.map(({ name, gates }) => ({ name, gates }))
		);
		expect(link.selected).toEqual(selected);
	});

	it('without networks shows the default', () => {
		expect(names('')).toEqual(['resnet-34', 'plain-34']);
	});

	it('shows a stop of the walk', () => {
		expect(read('Walk=３。')).toMatchObject({ walk: 3, problems: [], selected: { index: 1 } });
		expect(read('walk=9').problems).toMatchObject([{ code: 'wrong-value', key: 'walk' }]);
		expect(read('walk=9').walk).toBeNull();
	});

	it.each([
		['net=resnet-51', { code: 'unknown-network', name: 'resnet-51' }],
		['net=resnet-50?stride=2', { code: 'option-value', option: 'stride', value: '2' }],
		['net=resnet-50?order=pre&order=post', { code: 'repeated-option', option: 'order' }],
		['net=resnet-34?stride=3x3', { code: 'unfit-option', only: 'bottlenecks' }],
		['net=vgg-16?norm=on', { code: 'unknown-option', option: 'norm', known: [] }],
		['net=cifar-resnet-20?width=5000', { code: 'option-value', value: '5000' }],
		['net=plain-34&cut=3', { code: 'no-shortcut', network: 'plain-34', block: 3 }],
		['net=resnet-34&cut=99', { code: 'no-shortcut', block: 99 }],
		['net=resnet-34&cut=5-3', { code: 'wrong-value', key: 'cut', value: '5-3' }],
		['net=resnet-34&see=1,2', { code: 'wrong-value', key: 'see', value: '1,2' }],
		['net=resnet-34&see=0,0,1', { code: 'wrong-value', value: '0,0,1' }],
		['net=resnet-34&at=0/op:nowhere', { code: 'no-place', value: '0/op:nowhere' }],
		['net=resnet-34&at=<script>', { code: 'no-place', value: 'script' }],
		['net=resnet-34&align=left', { code: 'unknown-value', key: 'align', used: 'resolution' }],
		['cut=3&net=resnet-34', { code: 'no-network', key: 'cut' }],
		['width=3&net=cifar-resnet-20', { code: 'no-network', key: 'width' }],
		['nett=resnet-34', { code: 'unknown-parameter', nearest: 'net' }],
		['preset=vanishing', { code: 'other-page', page: 'lab' }],
		[`net=vgg-16&${'net=vgg-19&'.repeat(9)}`, { code: 'many-networks', name: 'vgg-19' }]
	])('%s: what is wrong is named, the rest holds', (search, problem) => {
		const { problems, shown } = read(search);
		expect(problems).toEqual([expect.objectContaining(problem)]);
		expect(shown.length).toBeGreaterThan(0);
	});

	it('that is too long is not read', () => {
		const { problems, shown } = read('net=vgg-16&'.repeat(2000));
		expect(problems).toMatchObject([{ code: 'long-link' }]);
		expect(shown).toHaveLength(2);
	});

	it('cuts no shortcuts of another network in place of an unknown one', () => {
		const { shown } = read('net=resnet-34&net=resnet-35&cut=0-15');
		expect(shown[0].gates.every((gate) => gate === 1)).toBe(true);
	});
});

it.each([
	['net=resnet34', ['resnet-34']],
	['net=ResNet-34&amp;net=VGG-16', ['resnet-34', 'vgg-16']],
	['net=ＲｅｓＮｅｔ－３４', ['resnet-34']],
	['net=%EF%BC%B2esnet%20３４', ['resnet-34']],
	['net=ResNet+34', ['resnet-34']],
	['Net=vgg16&NET=inception v1', ['vgg-16', 'googlenet']],
	['net=resnet20', ['cifar-resnet-20']],
	[
		'net=cifar-resnet-20?width=8&size=16&net=plain-34',
		['cifar-resnet-20?width=8&size=16', 'plain-34']
	],
	['net=cifar-resnet-20%3Fwidth%3D8%26size%3D16', ['cifar-resnet-20?width=8&size=16']],
	['net=cifar-resnet-20%3Fwidth%3D8%26amp%3Bsize%3D16', ['cifar-resnet-20?width=8&size=16']],
	['net=resnet-50?Stride=3×3', ['resnet-50?stride=3x3']],
	['net=resnet-34)。', ['resnet-34']]
])('%s shows what its writer meant', (search, shown) => {
	expect(names(search)).toEqual(shown);
	expect(read(search).problems).toEqual([]);
});

it('blocks, places and alignments are read as people type them', () => {
	const link = read('net=resnet-34&cut=3，5–7&see=900, 0, 1500&at=0/Block:Block3&align=Layer.');
	expect(link.problems).toEqual([]);
	expect(link.shown[0].gates.flatMap((gate, i) => (gate ? [] : [i]))).toEqual([3, 5, 6, 7]);
	expect(link.looks[0]).toEqual({ x: 900, y: 0, span: 1500 });
	expect(link.selected).toEqual({ index: 0, key: 'block:block3' });
	expect(link.alignment).toBe('layer');
});

describe('what the page writes is read back', () => {
	const HANDED_ON: ((search: string) => string)[] = [
		(text) => text,
		(text) => text.replaceAll('&', '&amp;'),
		(text) => text.replaceAll('&', ';'),
		encodeURIComponent,
		decodeURIComponent,
		(text) => `${text}.`,
		(text) => text.toUpperCase(),
		(text) => text.replace(/(.{13})/g, '$1\r\n'),
		(text) => decodeURIComponent(text).replaceAll('-', '\u2011'),
		(text) =>
			decodeURIComponent(text).replace(/[!-~]/g, (c) =>
				String.fromCharCode(c.charCodeAt(0) + 0xfee0)
			)
	];
	const OPTIONS = [
		'',
		'?width=8&size=16',
		'?shortcut=B&activation=leaky-relu&norm=off&init=xavier'
	];

	it('whatever programs have made of it', () => {
		for (let seed = 0; seed < 6; seed++) {
			const random = randomStream(seed, 'synthetic', 0);
			const among = <T>(values: readonly T[]) => values[drawInteger(random, 0, values.length - 1)];
			const small = ['alexnet', 'resnet-18', 'cifar-plain-8', 'cifar-resnet-8', 'cifar-resnet-14'];
			const parts = Array.from({ length: 1 + (seed % 3) }, (): LinkPart => {
				const base = among(small);
				const name = base.startsWith('cifar-resnet') ? base + among(OPTIONS) : base;
				const { layout } = show(name);
				const gates = layout.network.blocks.map(({ shortcut }) =>
					shortcut && drawInteger(random, 0, 1) ? 0 : 1
				);
				return {
					name: formatName(parseName(name)),
					gates,
					look: among([null, { x: -7, y: 0, span: 900 }])
				};
			});
			const selected = among([null, { index: 0, key: 'stage:head' } as const]);
			const written = String(writeExplorerLink(parts, selected, among(['layer', 'free'])));
			for (const handOn of HANDED_ON) {
				const { shown, looks, selected, alignment, problems } = read(handOn(written));
				expect(problems, handOn(written)).toEqual([]);
				const again = shown.map(({ name, gates }, i) => ({ name, gates, look: looks[i] ?? null }));
				expect(again).toEqual(parts);
				expect(String(writeExplorerLink(again, selected, alignment))).toBe(written);
			}
		}
	});

	it('never throws', () => {
		const words = [
			'net',
			'=',
			'&',
			'?',
			'cifar-plain-8',
			'%',
			';',
			...OPTION_NAMES,
			'at',
			'/',
			'\ud800',
			'９'
		];
		for (let seed = 0; seed < 60; seed++) {
			const random = randomStream(seed, 'synthetic', 1);
			const text = Array.from(
				{ length: 20 },
				() => words[drawInteger(random, 0, words.length - 1)]
			);
			expect(read(text.join('')).shown.length).toBeGreaterThan(0);
		}
	});
});
