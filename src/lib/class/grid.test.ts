import { describe, expect, it } from 'vitest';
import { checked } from '$lib/base/checked';
import { checkExperiment } from '$lib/lab/experiment/schema';
import { PRESETS } from '$lib/lab/experiment/presets';
import { experimentId, gridSchema, jobsOf, type Grid } from './grid';
import { SMALL_GRID } from './testing';

describe('a grid of jobs', () => {
	it('has each combination with each seed once, those of the first seed first', () => {
		const jobs = jobsOf(SMALL_GRID);
		expect(jobs).toHaveLength(3 * 2 * 2);
		expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
		expect(new Set(jobs.map((job) => job.experimentId)).size).toBe(jobs.length);
		expect(jobs.slice(0, 6).map(({ seed }) => seed)).toEqual(Array(6).fill(1));
		expect(jobs[1].values).toEqual([8, 'A']);
	});

	it('trains one network in each job, as the lab trains it', () => {
		for (const { experiment, values, seed } of jobsOf(SMALL_GRID)) {
			const [depth, shortcut] = values;
			expect(checkExperiment(experiment)).toEqual(experiment);
			expect(experiment).toMatchObject({ seed, evaluation: { every: 100 } });
			const pair = PRESETS.degradation(Number(depth)).lanes;
			expect(experiment.lanes).toEqual([pair[shortcut === 'A' ? 1 : 0]]);
		}
	});

	it('sets any two settings, of the network and of its training', () => {
		const axes: Grid['axes'] = [
			{ setting: 'learningRate', values: [0.1, 0.01] },
			{ setting: 'kind', values: ['none', 'densenet-mini'] }
		];
		const jobs = jobsOf({ ...SMALL_GRID, axes, seeds: 1 });
		expect(jobs.map(({ experiment }) => experiment.recipe.learningRate)).toEqual([
			0.1, 0.1, 0.01, 0.01
		]);
		expect(jobs[3].experiment.lanes[0].network.family).toBe('densenet-mini');
		// The kind comes first, whatever the order of the axes: a family takes the depth nearest to the one wanted.
		const deep: Grid['axes'] = [
			{ setting: 'depth', values: [56] },
			{ setting: 'kind', values: ['A'] }
		];
		const base = PRESETS.successors(20);
		expect(jobsOf({ ...SMALL_GRID, base, axes: deep, seeds: 1 })[0].experiment.lanes).toMatchObject(
			[{ network: { depth: 56, shortcut: 'A' } }]
		);
	});

	it('costs in proportion to the work', () => {
		const [shallow, , , , deep] = jobsOf(SMALL_GRID);
		expect(deep.work / shallow.work).toBeCloseTo(55 / 7, 9);
	});

	it('is refused with values that no experiment has', () => {
		const refused = (change: object) => () => checked(gridSchema, { ...SMALL_GRID, ...change });
		const depths = (values: number[]) => ({ axes: [{ setting: 'depth', values }] });
		expect(refused({})).not.toThrow();
		expect(refused(depths([9]))).toThrow('axes.0.values.0');
		expect(refused(depths([8, 8]))).toThrow('expected each value once');
		expect(refused({ axes: [...SMALL_GRID.axes, ...SMALL_GRID.axes] })).toThrow('axes');
		expect(refused({ axes: [{ setting: 'seed', values: [1] }] })).toThrow('axes.0.setting');
	});

	it('names an experiment by its content, not by the order of its parts', () => {
		const experiment = PRESETS.degradation(20);
		const turned = Object.fromEntries(Object.entries(experiment).reverse()) as typeof experiment;
		expect(experimentId(turned)).toBe(experimentId(experiment));
		expect(experimentId({ ...experiment, seed: 2 })).not.toBe(experimentId(experiment));
	});
});
