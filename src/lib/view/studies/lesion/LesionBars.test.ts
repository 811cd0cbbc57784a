import { describe, expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { fitColumns } from '../../graph/columns';
import { drawn, elements, svgOf } from '../../test/drawn';
import LesionBars from './LesionBars.svelte';

const network = analyse(networkOf(parseName('cifar-resnet-8')));

describe('test errors without each block', () => {
	const bars = (without: readonly (number | null)[], scales?: readonly number[]) =>
		drawn(LesionBars, {
			name: 'residual-8',
			lesion: { step: 90, lane: 0, images: 500, whole: 0.25, without, scales },
			network,
			columns: fitColumns(network.layers.length, 400, 9),
			height: 90,
			colour: 'var(--lane-0)'
		});

	it('are as they were', async () => {
		await expect(svgOf(bars([0.4, null, 0.9]))).toMatchFileSnapshot('snapshots/lesion-bars.svg');
	});

	it('are bars from 0, as high as the errors, each on the columns of its block', () => {
		const html = bars([0.25, 0.5, 1]);
		const drawnBars = elements(html, 'rect');
		const [a, b, c] = drawnBars.map(({ height }) => Number(height));
		expect(b).toBeCloseTo(2 * a);
		expect(c).toBeCloseTo(4 * a);
		// The first is no worse than the whole network, whose line it touches.
		expect(drawnBars[0].y).toBe(elements(html, 'line', 'whole')[0].y1);
		const lefts = drawnBars.map(({ x }) => Number(x));
		expect(lefts).toEqual([...lefts].sort((p, q) => p - q));
	});

	it('are hollow bars at the blocks that the network has put aside', () => {
		const html = bars([0.4, 0.25, 0.9], [0.3, -0.01, 0.6]);
		const hollow = elements(html, 'rect').map((bar) => bar.class.split(' ').includes('aside'));
		expect(hollow).toEqual([false, true, false]);
	});

	it('are no bars where nothing fits without a block, and that is said', () => {
		const html = bars([0.4, null, 0.9]);
		expect(elements(html, 'rect')).toHaveLength(2);
		expect(elements(html, 'text', 'none')).toHaveLength(1);
		expect(elements(html, 'svg')[0]['aria-label']).toContain('without block2: 90.0%');
	});
});
