import { describe, expect, it } from 'vitest';
import { stepOf, thinned } from './thinned';

describe('a large map', () => {
	it('keeps every pixel up to 112 on a side, then every second one', () => {
		const of = (side: number) => ({
			...{
				shape: [side, side, 2],
				values: Float32Array.from({ length: 2 * side ** 2 }, (_, i) => i)
			}
		});
		expect([7, 112, 113, 224].map((side) => stepOf(of(side)))).toEqual([1, 1, 2, 2]);
		expect(stepOf({ shape: [1000], values: new Float32Array(1000) })).toBe(1);
		expect(thinned(of(3), 2)).toEqual({
			...{ shape: [2, 2, 2], values: Float32Array.of(0, 1, 4, 5, 12, 13, 16, 17) }
		});
	});
});
