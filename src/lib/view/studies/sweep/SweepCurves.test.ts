import { describe, expect, it } from 'vitest';
import { drawn, elements, pointsOf, svgOf } from '../../test/drawn';
import SweepCurves from './SweepCurves.svelte';

describe('errors over depth', () => {
	const point = (depth: number, mean: number) => ({
		values: [depth],
		mean,
		least: mean - 0.05,
		largest: mean + 0.05,
		seeds: 3,
		stopped: 0
	});
	const html = drawn(SweepCurves, {
		title: 'Training error',
		setting: 'layers',
		values: [8, 20, 56],
		series: [
			{
				name: 'plain',
				colour: 'var(--lane-0)',
				points: [point(8, 0.2), point(20, 0.3), point(56, 0.6)]
			},
			{ name: 'residual', colour: 'var(--lane-1)', points: [point(8, 0.2), point(20, 0.15)] }
		],
		width: 320
	});

	it('are as they were', async () => {
		await expect(svgOf(html)).toMatchFileSnapshot('snapshots/sweep-curves.svg');
	});

	it('show degradation as a line that rises, and its remedy as one that falls', () => {
		const [plain, residual] = elements(html, 'path', 'line').map(({ d }) => pointsOf(d));
		expect(plain).toHaveLength(3);
		expect(residual).toHaveLength(2);
		expect(plain[2][1]).toBeLessThan(plain[0][1]);
		expect(residual[1][1]).toBeGreaterThan(residual[0][1]);
		expect(residual[0]).toEqual(plain[0]);
	});

	it('span the seeds with a band around the line of the means', () => {
		const [{ d }] = elements(html, 'path', 'band');
		const band = pointsOf(d);
		const [line] = elements(html, 'path', 'line').map(({ d }) => pointsOf(d));
		// There along one error and back along the other.
		const [there, back] = [band.slice(0, 3), band.slice(3).reverse()];
		line.forEach(([x, y], i) => {
			expect([there[i][0], back[i][0]]).toEqual([x, x]);
			const [high, low] = [there[i][1], back[i][1]].sort((a, b) => a - b);
			expect(y - high).toBeCloseTo(low - y);
			expect(low).toBeGreaterThan(high);
		});
	});
});
