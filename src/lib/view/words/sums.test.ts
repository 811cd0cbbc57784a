import { describe, expect, it } from 'vitest';
import { formatSum } from './sums';

describe('a printed sum', () => {
	it('adds up digit by digit', () => {
		expect(formatSum([0.0123, -0.0045])).toBe('0.0123 + (−0.0045) = 0.0078');
		expect(formatSum([1, 2])).toBe('1.00 + 2.00 = 3.00');
		// To two digits 1.23 + 1.23 would be 2.47.
		expect(formatSum([1.2349, 1.2349])).toBe('1.235 + 1.235 = 2.470');
		expect(formatSum([0, 0])).toBe('0 + 0 = 0');
	});

	it('shows two digits of a small term', () =>
		expect(formatSum([0.2172, -0.00096])).toBe('0.21720 + (−0.00096) = 0.21624'));

	it('keeps the digits of small and large numbers', () => {
		expect(formatSum([1.23e-5, 4.5e-6])).toBe('(1.23 + 0.45) × 10⁻⁵ = 1.68 × 10⁻⁵');
		expect(formatSum([2e7, -1e7])).toBe('(2.00 + (−1.00)) × 10⁷ = 1.00 × 10⁷');
	});

	it('names what is not finite', () => {
		expect(formatSum([NaN, 1])).toBe('NaN + 1.00 = NaN');
		expect(formatSum([-Infinity, 1])).toBe('(−∞) + 1.00 = −∞');
	});

	it('is within a digit of the sum, whatever the terms', () => {
		for (let i = 1; i < 400; i++) {
			const [a, b] = [Math.sin(i * i) * 10 ** ((i % 5) - 3), Math.cos(i * 7) * 10 ** ((i % 4) - 2)];
			const text = formatSum([a, b]).replaceAll('−', '-');
			const [x, y, sum] = text.match(/-?\d+\.\d+|\b0\b/g)!.map(Number);
			const power = /10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/.exec(text)?.[1] ?? '⁰';
			const digits = [...power].map((c) => (c === '⁻' ? '-' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(c)));
			const unit = 10 ** Number(digits.join(''));
			expect(x + y).toBeCloseTo(sum, 8);
			expect(Math.abs(unit * sum - (a + b))).toBeLessThan(
				0.006 * Math.max(Math.abs(a), Math.abs(b))
			);
		}
	});
});
