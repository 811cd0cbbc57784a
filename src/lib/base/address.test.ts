import { describe, expect, it } from 'vitest';
import {
	compact,
	isTracking,
	nameMeant,
	nearestName,
	pageMeant,
	plainText,
	readParameters
} from './address';
import { Parameters } from './parameters';

describe('the plain form of a text', () => {
	it.each([
		['２０', '20'],
		['ＲｅｓＮｅｔ－３４', 'ResNet-34'],
		['resnet–34 — 50', 'resnet-34 - 50'],
		['a&amp;b&#38;c&#x26;d&AMP;e', 'a&b&c&d&e'],
		['a&amp;amp;amp;b', 'a&b'],
		['%2520', ' '],
		['%25E7%25BD%2591', '网'],
		['a\u00adb\u200bc\u2060d\ufeffe\u202ef', 'abcdef'],
		['ab\r\n  > > cd', 'abcd'],
		['x=3D1&y=3D2=\r\n3', 'x=1&y=23'],
		['x=3D1&y=2', 'x=3D1&y=2'],
		['100%', '100%'],
		['%E4%ZZ', '\ufffd%ZZ'],
		['&#1114112;&#xD800;', '\ud800'],
		['&unknown;', '&unknown;']
	])('of %j is %j', (text, plain) => {
		expect(plainText(text)).toBe(plain);
	});
});

describe('parameters', () => {
	const pairs = (search: string) =>
		readParameters(search).map(({ key, value }) => `${key}=${value}`);
	it.each([
		['?a=1&b=2', ['a=1', 'b=2']],
		['a=1;b=2?c=3#d=4', ['a=1', 'b=2', 'c=3']],
		['A=Ab+c%20%20d', ['a=Ab c d']],
		['a="x"&b=(y).&c=《z》。', ['a=x', 'b=y', 'c=z']],
		['a=-1&b=.5&c=1.50.&d=x_-', ['a=-1', 'b=.5', 'c=1.50', 'd=x_-']],
		['a&b=&=c&&&', ['a=', 'b=']],
		['a=b=c', ['a=b=c']],
		['net[]=x&İ=y&amp=1', ['net=x', 'i=y']],
		['a=1&〈=zh', ['a=1', 'lang=zh']]
	])('of %s', (search, expected) => expect(pairs(search)).toEqual(expected));

	it('of others are known', () => {
		const theirs =
			'utm_source utm_id fbclid gclid gbraid wbraid msclkid mc_cid mc_eid _ga _gl igshid spm from isappinstalled si ref';
		for (const key of theirs.split(' ')) expect(isTracking(key), key).toBe(true);
		const ours =
			'net cut see at align walk preset depth seed sed width batch lang theme hide tour run';
		for (const key of ours.split(' ')) expect(isTracking(key), key).toBe(false);
	});

	it('that are given twice count once', () => {
		const { problems, list } = new Parameters('seed=3&Seed=3&net=a&depth=8&depth=14', 'lab');
		expect(list).toEqual([
			{ key: 'seed', value: '3' },
			{ key: 'depth', value: '8' }
		]);
		expect(problems.map(({ code }) => code)).toEqual(['other-page', 'repeated-parameter']);
	});
});

it('names are told apart by letters and digits only', () => {
	expect(compact('ResNet 34')).toBe(compact('ｒｅｓｎｅｔ－３４'));
	expect(nameMeant('Leaky_ReLU', ['relu', 'leaky-relu'])).toBe('leaky-relu');
	expect(nameMeant('constructor', ['relu'])).toBeUndefined();
	expect(nearestName('sed', ['depth', 'seed'])).toBe('seed');
	expect(nearestName('exp', ['depth', 'experiment'])).toBe('experiment');
	expect(nearestName('lr', ['depth', 'seed', 'run'])).toBeNull();
});

it.each([
	['lab', 'lab/'],
	['Lab/', 'lab/'],
	['lab/）', 'lab/'],
	['lab/%E3%80%82', 'lab/'],
	['lab/%3Fpreset=vanishing%26depth=20', 'lab/?preset=vanishing&depth=20'],
	['lab/&preset=vanishing', 'lab/?preset=vanishing'],
	['lessons/05-Residual/).', 'lessons/05-residual/'],
	[').', './'],
	['labs/', null],
	['lab/x', null]
])('the path %s means %s', (path, page) => {
	expect(pageMeant(path, ['', 'lab', 'lessons', 'lessons/05-residual'])).toBe(page);
});
