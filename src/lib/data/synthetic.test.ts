import { expect, it } from 'vitest';
import { syntheticImages } from './testing';

const options = { seed: 5, count: 300, shape: [8, 8, 3] as const, classes: 5 };
const size = 8 * 8 * 3;
const train = syntheticImages({ ...options, index: 0 });
const test = syntheticImages({ ...options, index: 1 });

it('is the same for the same seed and other for another', () => {
	expect(syntheticImages({ ...options, index: 0 })).toEqual(train);
	expect(test.pixels).not.toEqual(train.pixels);
	expect(syntheticImages({ ...options, index: 0, seed: 6 }).pixels).not.toEqual(train.pixels);
});

it('has all classes, and the nearest class mean tells them apart on new images', () => {
	expect(new Set(train.labels).size).toBe(5);
	const means = Array.from({ length: 5 }, () => new Float64Array(size));
	const counts = Array<number>(5).fill(0);
	train.labels.forEach((label, n) => {
		counts[label]++;
		means[label].forEach((_, i) => (means[label][i] += train.pixels[n * size + i]));
	});
	const distance = (n: number, label: number) =>
		means[label].reduce(
			(sum, total, i) => sum + (test.pixels[n * size + i] - total / counts[label]) ** 2,
			0
		);
	const right = [...test.labels].filter((label, n) => {
		const distances = means.map((_, candidate) => distance(n, candidate));
		return distances.indexOf(Math.min(...distances)) === label;
	}).length;
	expect(right / test.labels.length).toBeGreaterThan(0.95);
});
