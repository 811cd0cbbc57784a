import { imageBytes } from '$lib/lab';
import { describe, expect, it } from 'vitest';
import { between, overlaid } from './overlay';
import {
	channelAt,
	limitOf,
	paintImage,
	paintTiles,
	pictureSize,
	sensitivity,
	shadeOf,
	tileBox,
	tilesOf
} from './pixels';

describe('a diverging scale', () => {
	it('is neutral at 0, and blue below, red above', () => {
		const [r, g, b] = shadeOf(0, 2);
		expect(Math.min(r, g, b)).toBeGreaterThan(235);
		const [red, , noBlue] = shadeOf(2, 2);
		expect(red).toBeGreaterThan(noBlue + 50);
		const [noRed, , blue] = shadeOf(-2, 2);
		expect(blue).toBeGreaterThan(noRed + 50);
	});

	it('shows values beyond it as its ends, and all as 0 where all are', () => {
		expect(shadeOf(9, 2)).toEqual(shadeOf(2, 2));
		expect(shadeOf(0, 0)).toEqual(shadeOf(0, 1));
	});

	it('tells infinity and NaN apart from all numbers', () => {
		const all = Array.from({ length: 255 }, (_, i) => shadeOf(i - 127, 127).join());
		expect(all).not.toContain(shadeOf(Infinity, 1).join());
		expect(all).not.toContain(shadeOf(NaN, 1).join());
		expect(shadeOf(NaN, 1)).not.toEqual(shadeOf(Infinity, 1));
	});

	it('ends at the largest finite size', () =>
		expect(
			limitOf([{ values: Float32Array.of(1, -3) }, { values: Float32Array.of(NaN, Infinity, 2) }])
		).toBe(3));
});

describe('channels as tiles', () => {
	it.each([
		[8, 4, 2],
		[16, 4, 4],
		[32, 8, 4],
		[64, 8, 8],
		[10, 4, 3],
		[1, 1, 1]
	])('%i lie in %i columns and %i rows', (channels, columns, rows) =>
		expect(tilesOf([4, 4, channels], 200)).toMatchObject({ columns, rows })
	);

	it('are found where they are painted', () => {
		const map = { shape: [2, 3, 5], values: Float32Array.from({ length: 30 }, (_, i) => i % 5) };
		const tiles = tilesOf(map.shape, 60);
		const size = pictureSize(tiles);
		const rgba = paintTiles(map, tiles, 4);
		expect(rgba).toHaveLength(size.width * size.height * 4);
		for (let channel = 0; channel < 5; channel++) {
			const { x, y, width, height } = tileBox(tiles, channel);
			const at = [x + width - 1, y + height - 1];
			expect(channelAt(tiles, at[0], at[1])).toBe(channel);
			const to = (at[1] * size.width + at[0]) * 4;
			expect([...rgba.subarray(to, to + 3)]).toEqual([...shadeOf(channel, 4)]);
		}
		expect(channelAt(tiles, size.width - 1, size.height - 1)).toBeNull();
		expect(channelAt(tiles, -1, 0)).toBeNull();
	});

	it('of units are single values', () =>
		expect(tilesOf([10], 100)).toMatchObject({ channels: 10, width: 1, height: 1, scale: 23 }));
});

describe('pictures as images of a data set', () => {
	const rgba = Uint8ClampedArray.of(255, 255, 255, 255, 255, 0, 0, 255);

	it('become grey or stay in colour', () => {
		expect([...imageBytes(rgba, 1)]).toEqual([255, 76]);
		expect([...imageBytes(rgba, 3)]).toEqual([255, 255, 255, 255, 0, 0]);
	});

	it('and back', () => {
		expect(paintImage(imageBytes(rgba, 3), [1, 2, 3])).toEqual(rgba);
		expect([...paintImage(Uint8Array.of(7, 9), [1, 2, 1])]).toEqual([7, 7, 7, 255, 9, 9, 9, 255]);
	});
});

describe('a coarse map over a picture', () => {
	const map = { shape: [2, 2, 1], values: Float32Array.of(0, 4, 0, -4) };
	it('is interpolated between the middles of its cells, and even beyond them', () => {
		const at = between(map, 4);
		expect([at(0, 0), at(3, 0), at(3, 3), at(0, 3)]).toEqual([0, 4, -4, 0]);
		// A quarter of the way from the left cell's middle.
		expect(at(1, 0)).toBe(1);
		expect(at(1, 1)).toBe(0.25 * (0.75 * 4 - 0.25 * 4));
	});
	it('leaves the picture grey where it is 0, and colours it red and blue elsewhere', () => {
		const picture = paintImage(new Uint8Array(16).fill(100), [4, 4, 1]);
		const rgba = overlaid(picture, 4, map, 4);
		expect([...rgba.subarray(0, 4)]).toEqual([100, 100, 100, 255]);
		const pixel = (i: number) => rgba.subarray(4 * i, 4 * i + 4);
		expect(pixel(3)[0]).toBeGreaterThan(pixel(3)[2]);
		expect(pixel(15)[2]).toBeGreaterThan(pixel(15)[0]);
	});
});

describe('gradients by pixels', () => {
	const values = Float32Array.of(1, -3, 2, 0, 0.5, -0.25);
	it('of a grey image keep their signs', () => {
		const map = { shape: [2, 3, 1], values };
		expect(sensitivity(map)).toBe(map);
	});
	it('of a colour image become the largest magnitude over its channels', () =>
		expect(sensitivity({ shape: [1, 2, 3], values })).toEqual({
			shape: [1, 2, 1],
			values: Float32Array.of(3, 0.5)
		}));
});
