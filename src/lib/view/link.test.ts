import { afterEach, describe, expect, it } from 'vitest';
import { PRESETS } from '$lib/lab';
import { overwriteGetLocale } from '$lib/paraglide/runtime';
import { readLink } from './link';

const LESSONS = ['01-depth', '05-residual'];
const read = (address: string) => readLink(address, LESSONS);
afterEach(() => overwriteGetLocale(() => 'en'));

const SEARCH = 'preset=vanishing&depth=20&seed=3';
const INNER = `https://school.example/app/lab/?${SEARCH}`;
const vanishing = { ...PRESETS.vanishing(20), seed: 3 };

describe('a link to the lab', () => {
	it.each([
		INNER,
		`/lab/?${SEARCH}`,
		`lab?${SEARCH}`,
		`?${SEARCH}`,
		SEARCH,
		`localhost:4173/lab/?${SEARCH}#notes`,
		`http://localhost:4173/LAB/?${SEARCH}`,
		`https://school.example/lab/index.html?${SEARCH}`,
		`<${INNER}>`,
		`“${INNER}”。`,
		`[the lab](${INNER}).`,
		`Open this: ${INNER}`,
		encodeURI(INNER),
		encodeURIComponent(INNER),
		INNER.replace('?', '%3F').replaceAll('&', '&amp;'),
		`https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(INNER)}&data=05%7C02%7C&sdata=a%3D&reserved=0`,
		`https://eur03.safelinks.protection.outlook.com/ap/w-59584e83/?url=${encodeURIComponent(INNER.replaceAll('&', '&amp;'))}&amp;data=05%7C02&amp;reserved=0`,
		`https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=${encodeURIComponent(INNER)}&locale=en`,
		`https://www.google.com/url?sa=D&q=${encodeURIComponent(INNER)}&ust=1&usg=x`,
		`https://l.facebook.com/l.php?u=${encodeURIComponent(`${INNER}&fbclid=IwAR0`)}&h=AT0`,
		`https://link.zhihu.com/?target=${encodeURIComponent(INNER)}`,
		`https://c.pc.qq.com/middlem.html?pfurl=${encodeURIComponent(INNER)}`,
		`https://urldefense.com/v3/__${INNER}__;!!abc!def$`,
		`https://urldefense.proofpoint.com/v2/url?u=${encodeURIComponent(INNER).replaceAll('%2F', '_').replaceAll('%', '-')}&d=DwMFAg&c=x`,
		`https://www.google.com/url?q=${encodeURIComponent(`https://eur.safelinks.protection.outlook.com/?url=${encodeURIComponent(INNER)}&data=5`)}`,
		`https://redirect.example/?to=${INNER}`,
		INNER.replace(/(.{20})/g, '$1\r\n'),
		INNER.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0))
	])('%s', (address) => {
		expect(read(address)).toEqual({
			kind: 'link',
			page: 'lab',
			experiment: vanishing,
			warnings: []
		});
	});

	it('says what is assumed, in both languages', () => {
		const address = '/lab/?preset=vanishing&depth=21&sed=3&hide=cats';
		const { experiment, warnings, error } = read(address);
		expect(experiment).toEqual(PRESETS.vanishing(20));
		expect(error).toBeUndefined();
		expect(warnings.map(({ code }) => code).sort()).toEqual([
			'unknown-depth',
			'unknown-parameter',
			'unknown-value'
		]);
		const texts = warnings.map(({ text }) => text).join('\n');
		for (const part of ['depth=21', '20, 26', 'uses 20', 'sed=3', 'mean seed?', 'hide=cats'])
			expect(texts).toContain(part);
		overwriteGetLocale(() => 'zh');
		const chinese = read(address).warnings.map(({ text }) => text);
		for (const text of chinese) expect(text).toMatch(/\p{Script=Han}/u);
	});

	it.each([
		['?preset=vanishng&depth=20', 'unknown-value', /vanishng.*mean vanishing.*degradation/],
		['?recording=degradation-57', 'unknown-value', /degradation-56/],
		['?experiment=abc', 'cut-experiment', /cut or changed/]
	])('%s is refused, because the lab would train something else', (search, code, text) => {
		const { experiment, error } = read(`/lab/${search}`);
		expect(experiment).toBeUndefined();
		expect(error).toEqual({ code, text: expect.stringMatching(text) });
	});

	it('names a recorded run', () => {
		expect(read('/lab/?recording=vanishing-20')).toMatchObject({
			recording: 'vanishing-20',
			experiment: PRESETS.vanishing(20)
		});
	});
});

describe('a link to another page', () => {
	it.each([
		['https://x.example/explore/?net=ResNet34', { page: 'explore', networks: ['resnet-34'] }],
		['net=vgg16', { page: 'explore', networks: ['vgg-16'] }],
		['https://x.example/explore/#?net=vgg16', { page: 'explore', networks: ['vgg-16'] }],
		['https://x.example/', { page: 'first' }],
		['https://x.example/folder/', { page: 'first' }],
		['https://x.example', { page: 'first' }],
		['/help/#webgpu', { page: 'help' }],
		['/about', { page: 'about' }],
		['/lessons/', { page: 'lessons' }],
		['/lessons/05-residual/?lang=zh#part-3', { page: 'lessons', lesson: '05-residual' }]
	])('%s', (address, expected) => {
		expect(read(address)).toEqual({ kind: 'link', warnings: [], ...expected });
	});

	it.each([
		['/explore/?net=resnet-35', 'unknown-network', /resnet-34/],
		['/explore/?net=resnet-50?stride=2', 'option-value', /1x1, 3x3/],
		['/lessons/05-residuals/', 'unknown-lesson', /05-residual/],
		['hello', 'no-link', /hello/],
		['', 'no-link', /link/]
	])('%s is refused', (address, code, text) => {
		expect(read(address).error).toEqual({ code, text: expect.stringMatching(text) });
	});

	it.each([
		['https://x.example/?preset=vanishing', 'other-page', /Lab/],
		['https://x.example/explorer/?net=vgg-16', 'unknown-page', /explore/],
		['/explore/?net=resnet-34&sed=3', 'unknown-parameter', /sed=3/],
		['/lessons/?theme=pink', 'unknown-value', /light/],
		['/lessons/?lang=fr&lang=en', 'repeated-parameter', /fr/]
	])('%s has a warning', (address, code, text) => {
		const { warnings, error } = read(address);
		expect(error).toBeUndefined();
		expect(warnings).toContainEqual({ code, text: expect.stringMatching(text) });
	});
});
