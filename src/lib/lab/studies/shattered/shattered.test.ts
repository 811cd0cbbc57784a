import { range } from 'd3';
import { describe, expect, it } from 'vitest';
import { openDataSet } from '$lib/data';
import { syntheticPack } from '$lib/data/testing';
import { analyse, networkOf, parseName } from '$lib/network';
import { noResults, noteOf, resultsDisagree, resultsUpTo, withResult, writeResults } from '..';
import { autocorrelation, lagBelow, noiseCorrelation, NOISES, noiseSeries } from './correlation';
import type { ShatteredRecord } from './record';
import { drawPair } from './sample';

describe('the autocorrelation', () => {
	it('is that of a time series with one component', () => {
		// Mean 2, deviations −1, 1, −1, 1.
		expect(autocorrelation([1, 3, 1, 3], 4)).toEqual([1, -3 / 4, 2 / 4]);
	});

	it('counts components by their variance, whatever their scale and mean', () => {
		const [a, b] = [
			[1, 2, 4, 3],
			[0, 5, -1, 2]
		];
		const both = a.flatMap((value, i) => [value, b[i]]);
		const variance = (values: readonly number[]) => {
			const mean = values.reduce((x, y) => x + y) / 4;
			return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
		};
		const [own, other] = [a, b].map((values) => autocorrelation(values, 4)[1]);
		const weighted = (own * variance(a) + other * variance(b)) / (variance(a) + variance(b));
		expect(autocorrelation(both, 4)[1]).toBeCloseTo(weighted);
		expect(
			autocorrelation(
				both.map((value) => 1e20 * value + 1e20),
				4
			)[1]
		).toBeCloseTo(weighted);
	});

	it('is not a number where there is nothing to compare', () => {
		expect(autocorrelation([2, 2, 2, 2], 4)).toEqual([NaN, NaN, NaN]);
		expect(autocorrelation([1, Infinity, 2, 3], 4)).toEqual([NaN, NaN, NaN]);
		expect(lagBelow([NaN, NaN], 0.5)).toBeNull();
	});

	it('of noise is what statistics expects', () => {
		const [points, series] = [64, 4000];
		const white = autocorrelation(noiseSeries('white', points, series), points);
		// Taking away the mean leaves −1/n, of which n − k of n pairs are counted.
		range(1, 33).forEach((lag) =>
			expect(white[lag]).toBeCloseTo(-(points - lag) / points / points, 2)
		);
		const brown = autocorrelation(noiseSeries('brown', points, series), points);
		expect(brown[1]).toBeCloseTo(expectedOfBrown(points, 1), 2);
		expect(brown[10]).toBeCloseTo(expectedOfBrown(points, 10), 2);
	});

	it.each(NOISES)('of %s noise is always the same', (noise) => {
		expect(noiseCorrelation(noise, 32)).toEqual(noiseCorrelation(noise, 32));
	});

	it('falls below a half at once in white noise, and later in brown', () => {
		expect(lagBelow(noiseCorrelation('white', 64), 0.5)).toBe(1);
		expect(lagBelow(noiseCorrelation('brown', 64), 0.5)).toBe(8);
	});
});

/** Of a random walk: the ratio of the expected sums, from the covariance min(i, j) of its points. */
function expectedOfBrown(points: number, lag: number): number {
	const all = range(1, points + 1);
	const mean = (i: number) => all.reduce((sum, j) => sum + Math.min(i, j), 0) / points;
	const grand = all.reduce((sum, i) => sum + mean(i), 0) / points;
	const sum = (k: number) =>
		all.slice(0, points - k).reduce((total, i) => total + i - mean(i) - mean(i + k) + grand, 0);
	return sum(lag) / sum(0);
}

describe('the two images', () => {
	it('are of different classes, and the same for the same seed', async () => {
		const { manifest, load } = syntheticPack();
		const set = await openDataSet(manifest, { load });
		await set.ready('train', 50);
		const pairs = range(20).map((seed) => drawPair(set, seed));
		for (const [from, to] of pairs)
			expect(set.image('train', from).label).not.toBe(set.image('train', to).label);
		expect(new Set(pairs.map(String)).size).toBeGreaterThan(10);
		expect(drawPair(set, 3)).toEqual(pairs[3]);
	});
});

describe('a run', () => {
	const found: ShatteredRecord = {
		...{ step: 4, lane: 0, seed: 1, points: 32, images: [3, 5], classes: [0, 1] },
		slopes: Array<number>(32).fill(NaN),
		correlation: Array<number>(17).fill(NaN)
	};

	it('keeps the latest result of a lane at a step, and asks for what was chosen', () => {
		const kept = withResult(withResult(noResults(), 'shattered', found), 'shattered', found);
		expect(kept.shattered).toEqual([found]);
		const later = withResult(kept, 'shattered', { ...found, step: 6 });
		expect(resultsUpTo(later, 5)).toEqual(kept);
		const spec = { seed: 7, points: 64 } as const;
		expect(noteOf('shattered', spec)).toEqual({ shattered: spec });
	});

	it('writes what is not a number as text, and refuses a lane that it does not have', () => {
		expect(JSON.stringify(writeResults({ shattered: [found] }))).toContain('"NaN"');
		const network = analyse(networkOf(parseName('cifar-resnet-8')));
		expect(resultsDisagree({ shattered: [{ ...found, lane: 1 }] }, [network])).toMatchObject({
			path: 'shattered.0.lane'
		});
	});
});
