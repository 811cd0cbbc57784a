import { describe, expect, it } from 'vitest';
import { stepWork, timeForSweep } from '../experiment/pace';
import { PRESETS } from '../experiment/presets';
import {
	errorsByDepth,
	readSweep,
	runsLeft,
	writeSweep,
	type SweepPoint
} from '../studies/sweep/record';

const spec = { depths: [20, 8], seeds: 2, steps: 100 };
const point = (change: Partial<SweepPoint>): SweepPoint => ({
	depth: 8,
	seed: 1,
	kind: 'plain',
	trainingError: 0.3,
	testError: 0.4,
	milliseconds: 16,
	...change
});

describe('a depth sweep', () => {
	it('trains all depths with the first seed first, and what is done not again', () => {
		expect(runsLeft(spec, [])).toEqual([
			{ seed: 1, depth: 8 },
			{ seed: 1, depth: 20 },
			{ seed: 2, depth: 8 },
			{ seed: 2, depth: 20 }
		]);
		expect(runsLeft(spec, [point({ depth: 8, seed: 1 })])[0]).toEqual({ seed: 1, depth: 20 });
	});

	it('tells how long the rest will take', () => {
		expect(timeForSweep(spec, [], 0, null)).toBeNull();
		// 2 ms a layer and step: depths 20, 8 and 20 are left.
		const points = [point({ milliseconds: 14 })];
		expect(timeForSweep(spec, points, 0, null)).toBeCloseTo((19 + 7 + 19) * 100 * 2, 9);
		expect(timeForSweep(spec, points, 50, null)).toBeCloseTo((19 / 2 + 7 + 19) * 100 * 2, 9);
	});

	it('tells before it has begun how long it takes at the pace of another run here', () => {
		const pace = { work: stepWork(PRESETS.degradation(56)), milliseconds: 55 };
		expect(timeForSweep(spec, [], 0, pace)).toBeCloseTo((7 + 19 + 7 + 19) * 100, 9);
	});

	it('has a band over its seeds; what diverged has no error', () => {
		const points = [
			point({ trainingError: 0.3 }),
			point({ seed: 2, trainingError: 0.5 }),
			point({ seed: 3, trainingError: null }),
			point({ kind: 'residual', trainingError: 0.1 })
		];
		expect(errorsByDepth(points, 'plain', 'trainingError')).toEqual([
			{ depth: 8, mean: 0.4, least: 0.3, largest: 0.5, seeds: 2 }
		]);
	});

	it('is kept and read back; damage is named', () => {
		const points = [point({}), point({ kind: 'residual' })];
		expect(readSweep(writeSweep(spec, points))).toMatchObject({ spec, points });
		expect(() => readSweep('{')).toThrow('not JSON');
		expect(() => readSweep(writeSweep({ ...spec, seeds: 9 }, points))).toThrow('spec.seeds');
		expect(() => readSweep(writeSweep(spec, [point({ testError: 3 })]))).toThrow(
			'points.0.testError'
		);
	});
});
