import { dsvFormat } from 'd3';
import { expect, it } from 'vitest';
import { csvText } from './csv';

const ROWS = [
	['step', 'norm', 'note'],
	[1, Math.fround(0.1), 'a, b'],
	[2, Math.fround(3.1e-12), 'c; d'],
	[3, 0.1 + 0.2, null],
	[4, NaN, '"'],
	[5, -Infinity, ''],
	[6, 1 / 3, '1.5']
];

it('numbers have no digits beyond those that tell them apart', () => {
	expect(csvText(ROWS, 'point').split('\n')).toEqual([
		'step,norm,note',
		'1,0.1,"a, b"',
		'2,3.1e-12,c; d',
		'3,0.3,',
		'4,NaN,""""',
		'5,-Infinity,',
		'6,0.333333333333,1.5'
	]);
	for (let i = 0; i < 1000; i++) {
		const value = Math.fround(Math.sin(i) * 10 ** ((i % 60) - 30));
		const text = csvText([[value]], 'point');
		expect(Math.fround(Number(text))).toBe(value);
		const digits = text
			.replace(/e.*/, '')
			.replace(/\D/g, '')
			.replace(/^0+|0+$/g, '');
		expect(digits.length, text).toBeLessThanOrEqual(Math.abs(value) >= 1e9 ? 16 : 9);
	}
});

it('a decimal comma has semicolons between columns, and changes numbers only', () => {
	expect(csvText(ROWS, 'comma').split('\n')).toEqual([
		'step;norm;note',
		'1;0,1;a, b',
		'2;3,1e-12;"c; d"',
		'3;0,3;',
		'4;NaN;""""',
		'5;-Infinity;',
		'6;0,333333333333;1.5'
	]);
	expect(dsvFormat(';').parseRows(csvText(ROWS, 'comma'))[2]).toEqual(['2', '3,1e-12', 'c; d']);
});

it('text beyond ASCII begins with a byte order mark, or Excel reads it in another encoding', () => {
	expect(csvText([['网络', 20]], 'point')).toBe('\ufeff网络,20');
	expect(csvText([['network', 20]], 'point')).toBe('network,20');
});
