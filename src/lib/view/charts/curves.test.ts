import { describe, expect, it } from 'vitest';
import { indexAt, linePath, smooth, stepAxisEnd } from './curves';

const identity = (value: number) => value;

describe('smoothing', () => {
	it('is the mean of the last values, of fewer at the start', () => {
		expect([...smooth([4, 2, 6, 8], 3)]).toEqual([4, 3, 4, 16 / 3]);
	});

	it('is NaN while a value in the window is not finite, and recovers', () => {
		expect([...smooth([1, NaN, 3, 5, Infinity], 2)]).toEqual([1, NaN, NaN, 4, NaN]);
	});
});

describe('the path of a line', () => {
	it('goes through every value when there is room', () => {
		expect(linePath([1, 2, 3], [5, 6, 7], (s) => 10 * s, identity)).toBe(
			'M10.0 5.0L20.0 6.0L30.0 7.0'
		);
	});

	it('breaks where a value is not finite, and shows a value alone', () => {
		expect(linePath([1, 2, 3, 4], [5, NaN, 7, 8], (s) => 10 * s, identity)).toBe(
			'M10.0 5.0L10.0 5.0M30.0 7.0L40.0 8.0'
		);
	});

	it('keeps the peaks of ten thousand values in a thousand pixels', () => {
		const steps = Array.from({ length: 10_000 }, (_, i) => i + 1);
		const values = steps.map((s) => (s === 5005 ? 99 : s % 2));
		const path = linePath(steps, values, (s) => s / 10, identity);
		expect(path).toContain(' 99.0');
		expect(path.split(/[ML]/).length).toBeLessThan(4100);
	});

	it('is empty without values', () => {
		expect(linePath([], [], identity, identity)).toBe('');
	});
});

it('finds the value that held at a step', () => {
	const column = { steps: [25, 50, 75] };
	expect([24, 25, 60, 99].map((step) => indexAt(column, step))).toEqual([-1, 0, 1, 2]);
});

it('ends the axis of steps at a round number', () => {
	expect([0, 50, 51, 101, 201, 501, 1001].map(stepAxisEnd)).toEqual([
		50, 50, 100, 200, 500, 1000, 2000
	]);
});
