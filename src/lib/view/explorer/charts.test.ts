import { describe, expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { drawn, elements, svgOf } from '../test/drawn';
import ErrorChart from './ErrorChart.svelte';
import PathsPanel from './PathsPanel.svelte';
import StageBars from './StageBars.svelte';

const networkNamed = (name: string) => analyse(networkOf(parseName(name)));

describe('published errors over depth', () => {
	const html = drawn(ErrorChart, { shown: ['resnet-34'] });

	it('are as they were', async () => {
		await expect(svgOf(html)).toMatchFileSnapshot('snapshots/error-chart.svg');
	});

	it('fall from AlexNet to ResNet-152, and the network on show is marked', () => {
		const place = (name: string) => {
			const at = html.indexOf(`<title>${name}`);
			const [mark] = [...elements(html.slice(at), 'circle'), ...elements(html.slice(at), 'rect')];
			return { x: Number(mark.cx), y: Number(mark.cy) };
		};
		const [first, last] = ['AlexNet', 'ResNet-152'].map((name) => place(name.toLowerCase()));
		expect(last.x).toBeGreaterThan(first.x);
		expect(last.y).toBeGreaterThan(first.y);
		expect(elements(html, 'g', 'shown')).toHaveLength(1);
	});
});

describe('where parameters and multiply-adds are', () => {
	const names = ['vgg-16', 'resnet-34'];
	const html = drawn(StageBars, {
		networks: names.map((name) => ({ name, network: networkNamed(name) }))
	});

	it('is as it was', async () => {
		await expect(html).toMatchFileSnapshot('snapshots/stage-bars.html');
	});

	it('is a bar as long as the network is large, parted among its stages', () => {
		const widths = elements(html, 'div', 'bar').map(({ style }) =>
			Number(/[\d.]+/.exec(style)?.[0])
		);
		const [vgg, resnet] = names.map((name) => networkNamed(name).parameterCount);
		expect(widths[0]).toBe(100);
		expect(widths[1]).toBeCloseTo((100 * resnet) / vgg, 1);
		const shares = [...html.matchAll(/flex-grow: ([\d.]+)/g)].map(([, share]) => Number(share));
		// Four bars, each of them whole.
		expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(4, 1);
	});
});

describe('how many paths lead through a network', () => {
	const network = networkNamed('cifar-resnet-20');
	const panel = (gates: readonly number[]) =>
		drawn(PathsPanel, { name: 'resnet-20', network, gates, onAll: () => {} });
	const open = network.blocks.map(() => 1);

	it('is as it was', async () => {
		await expect(svgOf(panel(open))).toMatchFileSnapshot('snapshots/paths.svg');
	});

	it('doubles with every shortcut: paths of middle length are the most', () => {
		expect(panel(open)).toContain('512');
		const heights = elements(panel(open), 'rect').map(({ height }) => Number(height));
		const middle = (heights.length - 1) / 2;
		expect(Math.abs(heights.indexOf(Math.max(...heights)) - middle)).toBeLessThanOrEqual(1);
		expect(heights[0]).toBeLessThan(Math.max(...heights));
		expect(panel(open.with(0, 0))).toContain('256');
	});
});
