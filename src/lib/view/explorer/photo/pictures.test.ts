import { describe, expect, it } from 'vitest';
import { between, overlaid } from './overlay';
import { stepOf, thinned } from './thinned';

describe('a coarse map over a photograph', () => {
	const map = { shape: [2, 2, 1], values: Float32Array.of(0, 4, 0, -4) };
	it('is interpolated between the middles of its cells, and even beyond them', () => {
		const at = between(map, 4);
		expect([at(0, 0), at(3, 0), at(3, 3), at(0, 3)]).toEqual([0, 4, -4, 0]);
		// A quarter of the way from the left cell's middle.
		expect(at(1, 0)).toBe(1);
		expect(at(1, 1)).toBe(0.25 * (0.75 * 4 - 0.25 * 4));
	});
	it('leaves the photograph grey where it is 0, and colours it red and blue elsewhere', () => {
		const photograph = { side: 4, pixels: new Uint8Array(48).fill(100) };
		const rgba = overlaid(photograph, map, 4);
		expect([...rgba.subarray(0, 4)]).toEqual([100, 100, 100, 255]);
		const pixel = (i: number) => rgba.subarray(4 * i, 4 * i + 4);
		expect(pixel(3)[0]).toBeGreaterThan(pixel(3)[2]);
		expect(pixel(15)[2]).toBeGreaterThan(pixel(15)[0]);
	});
});

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
