import { classifyNorm } from '../words/format';
import { describe, expect, it } from 'vitest';
import { EMPTY_DOMAIN, normColour, normDomain, normPosition, normTicks } from './normColour';

describe('the axis of norms', () => {
	it('spans the decades of the finite norms and ignores the others', () => {
		expect(normDomain([[2e-6, 0], new Float32Array([30, Infinity, NaN])])).toEqual({
			low: -6,
			high: 2
		});
	});

	it('is never shorter than three decades', () => {
		expect(normDomain([[0.5, 0.6]])).toEqual({ low: -2, high: 1 });
		expect(normDomain([[1]])).toEqual({ low: -1, high: 2 });
	});

	it('has a place to stand when there is no finite norm', () => {
		expect(normDomain([])).toBe(EMPTY_DOMAIN);
		expect(normDomain([[0, NaN, Infinity]])).toBe(EMPTY_DOMAIN);
	});

	it('places norms by their logarithm', () => {
		const domain = { low: -4, high: 0 };
		expect(normPosition(1e-4, domain)).toBe(0);
		expect(normPosition(1e-2, domain)).toBe(0.5);
		expect(normPosition(7, domain)).toBe(1);
	});

	it('labels whole decades, few enough to read', () => {
		expect(normTicks({ low: -2, high: 1 }, 4)).toEqual([-2, -1, 0, 1]);
		const many = normTicks({ low: -44, high: 2 }, 4);
		expect(many.length).toBeLessThanOrEqual(4);
		expect(many.at(-1)).toBe(2);
	});
});

describe('the colour of a norm', () => {
	it('orders finite norms and tells the others apart', () => {
		expect([0, 1e-45, 1, Infinity, NaN].map(classifyNorm)).toEqual([
			'zero',
			'finite',
			'finite',
			'infinite',
			'nan'
		]);
		const domain = { low: -2, high: 2 };
		const colours = [0, 0.01, 1, 100, Infinity, NaN].map((norm) => normColour(norm, domain));
		expect(new Set(colours).size).toBe(6);
	});
});
