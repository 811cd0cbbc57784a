import { describe, expect, it } from 'vitest';
import { drawn, elements, pointsOf, svgOf } from '../test/drawn';
import SpreadCurves from './SpreadCurves.svelte';

const steps = [10, 20, 30];
const spread = (medians: readonly number[]) =>
	medians.map((median, i) => ({
		step: steps[i],
		median,
		low: median - 0.05,
		high: median + 0.05,
		runs: 3
	}));

describe('the curves of many runs', () => {
	const html = drawn(SpreadCurves, {
		title: 'Training error',
		lanes: [
			{ name: 'plain-20', colour: 'var(--lane-0)', spread: spread([0.9, 0.7, 0.6]), far: ['b'] },
			{ name: 'residual-20', colour: 'var(--lane-1)', spread: spread([0.8, 0.5, 0.2]), far: [] }
		],
		runs: [
			{
				id: 'a',
				steps,
				lanes: [
					[0.9, 0.7, 0.6],
					[0.8, 0.5, 0.2]
				]
			},
			{
				id: 'b',
				steps,
				lanes: [
					[0.9, 0.9, null],
					[0.8, 0.5, 0.2]
				]
			}
		],
		drawn: [{ colour: 'var(--lane-0)', steps: 30, values: [0.9, 0.4] }],
		finished: true,
		chosen: 'a',
		onChoose: () => {},
		none: 'none',
		width: 400,
		height: 240
	});

	it('are as they were', async () => {
		await expect(svgOf(html)).toMatchFileSnapshot('snapshots/spread-curves.svg');
	});

	it('show every run of every network, and those that are far from the others apart', () => {
		expect(elements(html, 'path', 'run')).toHaveLength(3);
		const [{ d }] = elements(html, 'path', 'far');
		// A network that has stopped ends its curve.
		expect(pointsOf(d)).toHaveLength(2);
	});

	it('have their medians, their bands and the predictions on the same axes', () => {
		const [median] = elements(html, 'path', 'median').map(({ d }) => pointsOf(d));
		const [run] = elements(html, 'path', 'run').map(({ d }) => pointsOf(d));
		expect(median).toEqual(run);
		const [{ d }] = elements(html, 'path', 'drawn');
		expect(pointsOf(d).at(-1)?.[0]).toBeCloseTo(run.at(-1)![0], 0);
		expect(elements(html, 'path', 'band')).toHaveLength(2);
	});

	it('tell a screen reader the number of runs and the medians', () => {
		expect(html).toContain('runs: 2; plain-20: median 60%; residual-20: median 20%');
	});
});
