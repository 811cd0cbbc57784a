import { describe, expect, it } from 'vitest';
import { analyse, CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import { seeds, seedsLeft, type SeedRecord } from './record';
import { recentMeans, spread, thinSteps } from './spread';

const curve = (errors: (number | null)[], every = 10) => ({
	steps: errors.map((_, i) => (i + 1) * every),
	lanes: [{ errors }]
});
const found = (seed: number, step = 50): SeedRecord => ({
	...{ seed, step, steps: [step] },
	lanes: [{ errors: [0.5], trainingError: 0.5, testError: null }]
});

describe('many runs of the same networks', () => {
	it('have a median and quartiles at each step, of those that have come so far', () => {
		const curves = [0.1, 0.2, 0.3, 0.4, 0.5].map((e) => curve([e, e]));
		const band = spread([...curves, curve([0.9])], 0);
		expect(band.at(-1)).toEqual({ step: 20, median: 0.3, low: 0.2, high: 0.4, runs: 5 });
		expect(band.find(({ step }) => step === 10)?.runs).toBe(6);
		expect(spread([], 0)).toEqual([]);
	});

	it('are compared at the same step, though they were thinned at others', () => {
		const coarse = curve([0.8, 0.4], 20);
		const fine = curve([0.9, 0.8, 0.6, 0.4], 10);
		expect(spread([coarse, fine], 0).find(({ step }) => step === 30)).toMatchObject({
			median: expect.closeTo(0.6, 9),
			runs: 2
		});
	});
});

describe('the seeds of a run', () => {
	it('are the lowest that it still needs, at this step', () => {
		expect(seedsLeft([], 1, 50, 3)).toEqual([2, 3]);
		expect(seedsLeft([found(1), found(4), found(2, 40)], 3, 50, 5)).toEqual([2, 5]);
		expect(seedsLeft([found(1), found(2)], 3, 50, 3)).toEqual([]);
	});

	it('replace what was found with the same seed to the same step', () => {
		const again = { ...found(2), steps: [1] };
		expect(seeds.merge([found(2), found(2, 40)], again)).toEqual([found(2, 40), again]);
	});

	it('are refused in a record of other networks', () => {
		const network = analyse(cifarNetwork({ ...CIFAR_DEFAULTS, size: 8, channels: 1 }));
		expect(seeds.recorded.check?.([found(2)], [network])).toBeNull();
		expect(seeds.recorded.check?.([found(2)], [network, network])).toEqual({
			path: '0.lanes',
			detail: 'expected 2 networks, received 1'
		});
	});

	it('have curves of means over the last 20 steps, which end where a network stops', () => {
		expect(recentMeans([0.9, 0.8], thinSteps(4))).toEqual([0.9, 0.85, null, null]);
		const errors = Array.from({ length: 40 }, (_, i) => (i < 20 ? 1 : 0.5));
		expect(recentMeans(errors, [10, 30, 40])).toEqual([1, 0.75, 0.5]);
	});
});
