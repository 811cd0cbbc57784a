import { describe, expect, it } from 'vitest';
import type { ImageShape } from '$lib/base/image';
import { drawMove, inputShape, moveImage, standardise } from './preprocess';
import { randomStream } from '$lib/base/random';

const full = { halve: false };
const half = { halve: true };
const shapes = (shape: ImageShape) => ({ shape });

describe('inputShape', () => {
	it.each<[ImageShape, boolean, ImageShape]>([
		[[28, 28, 1], false, [28, 28, 1]],
		[[28, 28, 1], true, [16, 16, 1]],
		[[32, 32, 3], false, [32, 32, 3]],
		[[32, 32, 3], true, [16, 16, 3]],
		[[30, 28, 1], false, [32, 28, 1]]
	])('%j, halved %s: %j', (shape, halve, expected) => {
		expect(inputShape(shapes(shape), { halve })).toEqual(expected);
	});

	it('does not halve an odd side', () => {
		expect(() => inputShape(shapes([27, 28, 1]), half)).toThrow(/27 pixels is odd/);
	});
});

describe('standardise', () => {
	it('takes mean and standard deviation of each channel', () => {
		const manifest = { shape: [4, 4, 3] as const, mean: [0, 0.5, 1], std: [1, 0.5, 0.25] };
		const pixels = Uint8Array.from({ length: 48 }, (_, i) => [255, 51, 0][i % 3]);
		const target = new Float32Array(48);
		standardise(pixels, manifest, full, target);
		for (let i = 0; i < 48; i += 3) {
			expect(target[i]).toBeCloseTo(1, 6);
			expect(target[i + 1]).toBeCloseTo(-0.6, 6);
			expect(target[i + 2]).toBeCloseTo(-4, 6);
		}
	});

	it('averages 2×2 pixels of each channel', () => {
		const manifest = { shape: [8, 8, 2] as const, mean: [0, 0], std: [1 / 255, 1 / 255] };
		const pixels = Uint8Array.from({ length: 128 }, (_, i) => (i % 2 ? 200 : i >> 1));
		const target = new Float32Array(32);
		standardise(pixels, manifest, half, target);
		// Pixel (y, x) holds 8y + x: the mean of (0, 0), (0, 1), (1, 0) and (1, 1) is 4.5.
		expect(target[0]).toBeCloseTo(4.5, 4);
		expect(target[2]).toBeCloseTo(6.5, 4);
		expect(target[(1 * 4 + 3) * 2]).toBeCloseTo(4.5 + 16 + 6, 4);
		expect(target.filter((_, i) => i % 2).every((v) => Math.abs(v - 200) < 1e-3)).toBe(true);
	});

	it('pads the halved image with zeros, the mean colour, and clears what was there', () => {
		const manifest = { shape: [28, 28, 1] as const, mean: [0.25], std: [0.5] };
		const target = new Float32Array(256).fill(9);
		standardise(new Uint8Array(784), manifest, half, target);
		const border = (i: number) => i % 16 === 0 || i % 16 === 15 || i < 16 || i >= 240;
		target.forEach((value, i) => expect(value).toBe(border(i) ? 0 : -0.5));
	});
});

describe('augmentation', () => {
	const shape: ImageShape = [4, 4, 1];
	const image = Float32Array.from({ length: 16 }, (_, i) => i + 1);
	const moved = (down: number, right: number, flip: boolean) => {
		const target = new Float32Array(16).fill(-1);
		moveImage(image, shape, { down, right, flip }, target);
		return [...target];
	};

	it('leaves an image where it is', () => {
		expect(moved(0, 0, false)).toEqual([...image]);
	});

	it('moves and fills with zeros', () => {
		expect(moved(1, -1, false)).toEqual([0, 0, 0, 0, 2, 3, 4, 0, 6, 7, 8, 0, 10, 11, 12, 0]);
		expect(moved(4, 0, false)).toEqual(Array(16).fill(0));
	});

	it('mirrors left to right, keeping channels in order', () => {
		expect(moved(0, 0, true).slice(0, 4)).toEqual([4, 3, 2, 1]);
		const colour = new Float32Array(6);
		const flip = { down: 0, right: 0, flip: true };
		moveImage(new Float32Array([1, 2, 3, 4, 5, 6]), [1, 2, 3], flip, colour);
		expect([...colour]).toEqual([4, 5, 6, 1, 2, 3]);
	});

	it.each([
		[full, 4],
		[half, 2]
	])('%o draws every offset up to ±%i, and both sides', (options, padding) => {
		const random = randomStream(1, 'augment', 0);
		const moves = Array.from({ length: 2000 }, () => drawMove(random, options));
		for (const axis of ['down', 'right'] as const) {
			const offsets = new Set(moves.map((move) => move[axis]));
			expect(offsets.size).toBe(2 * padding + 1);
			expect(Math.max(...offsets)).toBe(padding);
			expect(Math.min(...offsets)).toBe(-padding);
		}
		const flips = moves.filter(({ flip }) => flip).length;
		expect(flips).toBeGreaterThan(900);
		expect(flips).toBeLessThan(1100);
	});
});
