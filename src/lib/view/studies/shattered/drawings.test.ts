import { describe, expect, it } from 'vitest';
import { drawn, elements, pointsOf, svgOf } from '../../test/drawn';
import CorrelationLines from './CorrelationLines.svelte';
import SlopeLine from './SlopeLine.svelte';

describe('the autocorrelation of gradients', () => {
	const html = drawn(CorrelationLines, {
		title: 'Autocorrelation',
		series: [
			{ name: 'plain-20', colour: 'var(--lane-0)', values: [1, 0.1, -0.1, 0, 0] },
			{ name: 'residual-20', colour: 'var(--lane-1)', values: [1, NaN, 0.6, 0.4, 0.2] }
		],
		references: [
			{ name: 'white noise', values: [1, -0.02, -0.02, -0.02, -0.02] },
			{ name: 'brown noise', values: [1, 0.9, 0.8, 0.5, 0.4] }
		],
		xLabel: 'lag',
		width: 400
	});

	it('is as it was', async () => {
		await expect(svgOf(html)).toMatchFileSnapshot('snapshots/correlation-lines.svg');
	});

	it('starts at the same point in all networks and noises, and leaves out what is no number', () => {
		const paths = elements(html, 'path').map(({ d }) => d);
		expect(new Set(paths.map((d) => pointsOf(d)[0].join())).size).toBe(1);
		expect(elements(html, 'circle')).toHaveLength(5 + 4);
	});

	it('is told to a screen reader by lag', () => {
		expect(html).toContain('plain-20: 1: 0.10, 2: −0.10, 4: 0.00; residual-20: 1: NaN');
		expect(html).toContain('brown noise: 1: 0.90, 2: 0.80, 4: 0.40');
	});
});

describe('the slope along a line', () => {
	const draw = (values: readonly number[]) =>
		drawn(SlopeLine, {
			...{ name: 'plain-20', title: 'slope', colour: 'var(--lane-0)', values },
			ends: ['Dress', 'Sandal'] as const,
			width: 300
		});

	it('is as it was', async () => {
		await expect(svgOf(draw([2, -1, 0.5, 4]))).toMatchFileSnapshot('snapshots/slope-line.svg');
	});

	it('has its own scale, and says how often it changes its sign', () => {
		const heights = (values: readonly number[]) =>
			pointsOf(elements(draw(values), 'path')[0].d).map(([, y]) => y);
		expect(heights([200, -100, 400])).toEqual(heights([2, -1, 4]));
		expect(draw([2, -1, 0.5, 4])).toContain('sign changes: 2');
	});

	it('is marked where it is not finite', () => {
		const html = draw([NaN, NaN]);
		expect(html).toContain('not finite');
		expect(elements(html, 'path')).toHaveLength(0);
	});
});
