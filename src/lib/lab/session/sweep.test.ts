import { describe, expect, it } from 'vitest';
import { stepWork, timeForSweep } from '../experiment/pace';
import { PRESETS } from '../experiment/presets';
import { checkExperiment } from '../experiment/schema';
import { sweepExperiment } from '../experiment/sweep';
import { SWEEP_SETTING_NAMES, SWEEP_SETTINGS } from '../studies/sweep/settings';
import {
	readSweep,
	runsLeft,
	sweepCells,
	writeSweep,
	type SweepPoint,
	type SweepSpec
} from '../studies/sweep/record';

const spec: SweepSpec = { axes: [{ setting: 'depth', values: [20, 8] }], seeds: 2, steps: 100 };
const two: SweepSpec = {
	axes: [
		{ setting: 'width', values: [8, 4] },
		{ setting: 'learningRate', values: [0.1, 0.01] }
	],
	seeds: 1,
	steps: 100
};
const point = (change: Partial<SweepPoint>): SweepPoint => ({
	values: [8],
	seed: 1,
	kind: 'plain',
	trainingError: 0.3,
	testError: 0.4,
	milliseconds: 16,
	...change
});

describe('a sweep', () => {
	it('trains all combinations with the first seed first, and what is done not again', () => {
		expect(runsLeft(spec, [])).toEqual([
			{ seed: 1, values: [8] },
			{ seed: 1, values: [20] },
			{ seed: 2, values: [8] },
			{ seed: 2, values: [20] }
		]);
		expect(runsLeft(spec, [point({ values: [8], seed: 1 })])[0]).toEqual({ seed: 1, values: [20] });
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
		expect(sweepCells(spec.axes, points, 'plain', 'trainingError')).toEqual([
			{ values: [8], mean: 0.4, least: 0.3, largest: 0.5, seeds: 2, stopped: 1 }
		]);
	});

	it('knows the gap of each seed, which is not finite where an error is not', () => {
		const points = [
			point({ trainingError: 0.3, testError: 0.5 }),
			point({ seed: 2, trainingError: 0.4, testError: 0.35 }),
			point({ values: [20], trainingError: null })
		];
		expect(sweepCells(spec.axes, points, 'plain', 'gap')).toEqual([
			{
				values: [8],
				mean: expect.closeTo(0.075, 12),
				least: expect.closeTo(-0.05, 12),
				largest: expect.closeTo(0.2, 12),
				seeds: 2,
				stopped: 0
			},
			{ values: [20], mean: NaN, least: NaN, largest: NaN, seeds: 0, stopped: 1 }
		]);
	});

	it('trains every combination of two settings, each in its place of the experiment', () => {
		const runs = runsLeft(two, []);
		expect(runs.map(({ values }) => values)).toEqual([
			[4, 0.01],
			[4, 0.1],
			[8, 0.01],
			[8, 0.1]
		]);
		const { lanes, recipe, seed } = sweepExperiment(two, runs[1]);
		expect(lanes.map(({ network }) => network)).toMatchObject([
			{ depth: 20, width: 4, shortcut: 'none' },
			{ depth: 20, width: 4, shortcut: 'A' }
		]);
		expect(recipe).toMatchObject({ learningRate: 0.1, batch: 64 });
		expect(seed).toBe(1);
		const done = point({ values: [4, 0.01] });
		expect(runsLeft(two, [done])[0].values).toEqual([4, 0.1]);
	});

	it.each(SWEEP_SETTING_NAMES)(
		'makes experiments that can be read with each %s offered',
		(setting) => {
			for (const value of SWEEP_SETTINGS[setting].all) {
				const axes = [{ setting, values: [value] }];
				const experiment = sweepExperiment({ axes, steps: 5 }, { values: [value], seed: 1 });
				expect(checkExperiment(experiment)).toEqual(experiment);
			}
		}
	);

	it('opens what earlier versions kept, which varied the depth alone', () => {
		const { values: _, ...old } = point({});
		const kept = {
			version: 1,
			spec: { depths: [20, 8], seeds: 2, steps: 100 },
			points: [{ depth: 8, ...old }]
		};
		expect(readSweep(JSON.stringify(kept))).toEqual({ spec, points: [point({})] });
	});

	it.each([
		['axes', []],
		['axes', [...two.axes, { setting: 'batch', values: [8] }]],
		['axes', [two.axes[0], two.axes[0]]],
		['axes.0.setting', [{ setting: 'images', values: [8] }]],
		['axes.0.values', [{ setting: 'width', values: [8, 8] }]],
		['axes.0.values.0', [{ setting: 'width', values: [1000] }]],
		['axes.0.values.0', [{ setting: 'depth', values: [9] }]],
		['axes.0.values.0', [{ setting: 'learningRate', values: ['0.1'] }]]
	])('refuses %s that no sweep has', (path, axes) => {
		const kept = JSON.stringify({ version: 1, spec: { ...two, axes }, points: [] });
		expect(() => readSweep(kept)).toThrow(`spec.${path}`);
	});

	it('refuses more runs than it would train, and points of other settings', () => {
		const values = Array.from({ length: 20 }, (_, i) => i + 1);
		const axes = [
			{ setting: 'width' as const, values },
			{ setting: 'batch' as const, values }
		];
		expect(() => readSweep(writeSweep({ ...two, axes, seeds: 2 }, []))).toThrow('500');
		expect(() => readSweep(writeSweep(two, [point({})]))).toThrow('each setting');
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
