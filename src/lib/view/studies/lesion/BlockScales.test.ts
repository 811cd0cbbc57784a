import { describe, expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { fitColumns } from '../../graph/columns';
import { drawn, elements, svgOf } from '../../test/drawn';
import BlockScales from './BlockScales.svelte';

const network = analyse(networkOf(parseName('rezero-mini?depth=8&scale=skipinit')));

describe('the learned scales of the blocks', () => {
	const bars = (...scales: (readonly (number | null)[])[]) =>
		drawn(BlockScales, {
			name: 'ReZero-8',
			history: scales.map((own, i) => ({ step: 25 * i, scales: own })),
			network,
			columns: fitColumns(network.layers.length, 400, 9),
			largest: 1,
			height: 72,
			colour: 'var(--lane-0)'
		});
	const start = [0.5, 0.5, 0.5];

	it('are as they were', async () => {
		const html = bars(start, [0.7, 0.3, 0.2], [0.8, -0.01, 0.4]);
		await expect(svgOf(html)).toMatchFileSnapshot('snapshots/block-scales.svg');
	});

	it('are bars from 0, as high as α is large, whatever its sign; hollow where put aside', () => {
		const html = bars(start, [0.8, -0.4, 0.04]);
		const drawnBars = elements(html, 'rect');
		const [a, b] = drawnBars.map(({ height }) => Number(height));
		expect(a).toBeCloseTo(2 * b);
		expect(drawnBars.map((bar) => bar.class.split(' ').includes('aside'))).toEqual([
			false,
			false,
			true
		]);
		expect(elements(html, 'svg')[0]['aria-label']).toContain('block2: |α| = 0.04, put aside');
	});

	it('are lines from the first step to the latest, on one scale with the bars', () => {
		const html = bars(start, [1, 0.25, 0]);
		const [path] = elements(html, 'path');
		const points = path.d
			.slice(1)
			.split('L')
			.map((point) => point.split(',').map(Number));
		expect(points).toHaveLength(2);
		const [bar] = elements(html, 'rect');
		expect(points[1][1]).toBeCloseTo(Number(bar.y), 1);
		expect(points[0][1]).toBeCloseTo(Number(bar.y) + Number(bar.height) / 2, 1);
		expect(points[1][0]).toBeCloseTo(Number(bar.x) + Number(bar.width), 1);
	});

	it('have no bar at a block without a scale', () => {
		expect(elements(bars([0.5, null, 0.5]), 'rect')).toHaveLength(2);
	});
});
