import { afterEach, describe, expect, it } from 'vitest';
import { m } from '$lib/paraglide/messages';
import { overwriteGetLocale } from '$lib/paraglide/runtime';
import {
	formatCount,
	formatDetail,
	formatDuration,
	formatLabel,
	formatList,
	formatNorm,
	formatParts,
	formatPercent,
	formatSentences
} from './format';

const speak = (locale: 'en' | 'zh') => overwriteGetLocale(() => locale);
afterEach(() => speak('en'));

describe('in the language of the page', () => {
	it('writes numbers and durations', () => {
		expect(formatCount(269722)).toBe('269,722');
		expect(formatPercent(0.2634)).toBe('26.3%');
		expect(formatPercent(NaN)).toBe('–');
		expect([0, 0.5, 1234.5, 3e-9, Infinity].map(formatNorm)).toEqual([
			'0',
			'0.500',
			'1.2 × 10³',
			'3.0 × 10⁻⁹',
			'∞'
		]);
		expect([40e3, 180e3, 4800e3, 3600e3 * 2].map(formatDuration)).toEqual([
			'40 sec',
			'3 min',
			'80 min',
			'2 hr 0 min'
		]);
		speak('zh');
		expect([40e3, 180e3].map(formatDuration)).toEqual(['40秒', '3分钟']);
	});

	it('joins words, parts and sentences', () => {
		const say = () => [
			formatList(['a', 'b']),
			formatParts(['a', 'b']),
			formatLabel('a', 'b'),
			formatSentences(['A.', '', 'B.'])
		];
		expect(say()).toEqual(['a, b', 'a; b', 'a: b', 'A. B.']);
		speak('zh');
		expect(say()).toEqual(['a、b', 'a；b', 'a：b', 'A.B.']);
	});

	it('knows one from many, and writes large numbers with their thousands', () => {
		expect(m.explore_layers({ count: 1 })).toBe('1 layer');
		expect(m.explore_layers({ count: 1202 })).toBe('1,202 layers');
		expect(m.curve_summary({ metric: 'Loss', count: 1 })).toBe('Loss against step, 1 network');
		expect(m.curves_caption({ window: 20, images: 1000, every: 1 })).toMatch(
			/1,000 test images at every step\.$/
		);
		speak('zh');
		expect(m.explore_layers({ count: 1202 })).toBe('1,202 层');
	});
});

it('takes the full stop from a detail, however it ends', () => {
	expect(['It broke.', 'It broke', '坏了。', 'It broke!  '].map(formatDetail)).toEqual([
		'It broke',
		'It broke',
		'坏了',
		'It broke'
	]);
	expect(formatDetail(new DOMException('', 'AbortError'))).toBe('AbortError');
	expect(m.failure_engine({ detail: formatDetail('It broke.') })).toBe(
		'The computation failed: It broke.'
	);
});
