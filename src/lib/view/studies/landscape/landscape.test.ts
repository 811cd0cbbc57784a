import { describe, expect, it } from 'vitest';
import { surface } from './project';
import { HIGHEST_LOSS, lossDomain, lossPosition, lossTicks } from './scale';

describe('the scale of losses', () => {
	it('spans all finite losses of all networks, in equal ratios', () => {
		const domain = lossDomain([
			[0.1, 1],
			[10, NaN, Infinity]
		]);
		expect(domain).toEqual({ low: 0.1, high: 10 });
		expect(lossPosition(1, domain)).toBeCloseTo(0.5, 12);
		expect([NaN, Infinity, 50].map((loss) => lossPosition(loss, domain))).toEqual([1, 1, 1]);
		expect(lossTicks(domain)).toEqual([0.1, 0.2, 0.5, 1, 2, 5, 10]);
	});

	it('ends where a loss is far above guessing, and holds without any finite loss', () => {
		expect(lossDomain([[1e-9, 1e30]])).toEqual({ low: 1e-4, high: HIGHEST_LOSS });
		const { low, high } = lossDomain([[NaN]]);
		expect(low).toBeLessThan(high);
	});
});

describe('the surface', () => {
	it('has a piece between every four points, the farthest first', () => {
		const size = 5;
		const pieces = surface(Array<number>(size * size).fill(0.5), size, 0);
		expect(pieces).toHaveLength(16);
		expect(pieces[0].row).toBe(0);
		expect(pieces.at(-1)!.row).toBe(3);
	});

	it('lifts what is high, and turns about its centre', () => {
		const heights = [0, 0, 0, 0, 1, 0, 0, 0, 0];
		const tops = surface(heights, 3, 0).flatMap(({ corners }) => corners.map(([, y]) => y));
		expect(Math.min(...tops)).toBeLessThan(-0.15);
		const half = surface(heights, 3, Math.PI);
		const [a] = surface(heights, 3, 0);
		const turned = half.find(({ row, column }) => row === 1 - a.row && column === 1 - a.column)!;
		expect(turned.height).toBeCloseTo(a.height, 12);
		expect(turned.corners[2][0]).toBeCloseTo(a.corners[0][0], 12);
		expect(turned.corners[2][1]).toBeCloseTo(a.corners[0][1], 12);
	});
});
