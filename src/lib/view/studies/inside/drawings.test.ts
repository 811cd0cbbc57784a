import { describe, expect, it } from 'vitest';
import type { LaneLook } from '$lib/lab';
import { analyse, networkOf, parseName } from '$lib/network';
import { fitColumns } from '../../graph/columns';
import { drawn, elements, svgOf } from '../../test/drawn';
import BlockRatios from './BlockRatios.svelte';
import EvidencePictures from './EvidencePictures.svelte';
import Predictions from './Predictions.svelte';

const network = analyse(networkOf(parseName('cifar-resnet-8')));

describe('how large a branch is beside its input', () => {
	const bars = (ratios: readonly (number | null)[]) => {
		const look = { norms: ratios.map((ratio) => ({ ratio })) } as unknown as LaneLook;
		return drawn(BlockRatios, {
			name: 'residual-8',
			colour: 'var(--lane-0)',
			network,
			look,
			columns: fitColumns(network.layers.length, 400, 9),
			most: 2,
			chosen: 1,
			onChoose: () => {}
		});
	};
	const heights = (html: string) =>
		elements(html, 'rect')
			.filter(({ style }) => style)
			.map(({ height }) => Number(height));

	it('is as it was', async () => {
		await expect(svgOf(bars([0.5, null, Infinity]))).toMatchFileSnapshot(
			'snapshots/block-ratios.svg'
		);
	});

	it('is a bar as high as the ratio, up to the line of 1 where both are alike', () => {
		const html = bars([0.5, 1, 2]);
		const [half, one, two] = heights(html);
		expect(one).toBeCloseTo(2 * half);
		expect(two).toBeCloseTo(2 * one);
		const [{ y1 }] = elements(html, 'line', 'one');
		expect(
			elements(html, 'rect').find(({ style, height }) => style && Number(height) === one)?.y
		).toBe(y1);
	});

	it('has no bar where there is no ratio, and none for infinity', () => {
		expect(heights(bars([0.5, null, Infinity]))).toHaveLength(1);
		expect(elements(bars([0.5, null, Infinity]), 'text', 'odd')).toHaveLength(2);
	});

	it('marks the block that is open', () => {
		const html = bars([1, 1, 1]);
		const [{ x }] = elements(html, 'rect', 'chosen');
		expect(elements(html, 'rect', 'target').findIndex((target) => target.x === x)).toBe(1);
	});
});

describe('what networks take an image for', () => {
	const html = (second: readonly number[]) =>
		drawn(Predictions, {
			names: ['residual-8', 'plain-8'],
			colours: ['var(--lane-0)', 'var(--lane-1)'],
			classes: ['shirt', 'boot', 'bag'],
			probabilities: [[0.1, 0.7, 0.2], second],
			label: 1
		});

	it('is as it was', async () => {
		await expect(html([0.5, 0.25, 0.25])).toMatchFileSnapshot('snapshots/predictions.html');
	});

	it('is the class of the largest probability; none where there are no numbers', () => {
		const says = (markup: string) => /data-testid="says"[^>]*>([^<]*)/.exec(markup)?.[1];
		expect(says(html([0.5, 0.25, 0.25]))).toMatch(/boot.*70\.0%.*shirt.*50\.0%/);
		expect(says(html([NaN, NaN, NaN]))).not.toMatch(/shirt/);
	});

	it('has a bar for every class and network, as long as the probability', () => {
		const shares = elements(html([0.5, 0.25, 0.25]), 'i').map(
			({ style }) => /--share: ([\d.]+)/.exec(style)?.[1]
		);
		expect(shares.map(Number)).toEqual([0.1, 0.5, 0.7, 0.25, 0.2, 0.25]);
	});
});

describe('what a network looks at', () => {
	const gradient = { shape: [2, 2, 1], values: Float32Array.of(0.5, -2, 0, 1) };
	const pictures = (activation: boolean) =>
		drawn(EvidencePictures, {
			name: 'residual-8',
			image: { shape: [2, 2, 1], pixels: Uint8Array.of(0, 90, 180, 255) },
			evidence: [1, 0].map((index) => ({
				...{ index, gradient },
				activation: activation
					? { shape: [1, 1, 1], values: Float32Array.of(4 * (index - 0.25)) }
					: null
			})),
			className: (index: number) => ['shirt', 'boot'][index],
			width: 112
		});
	const labels = (html: string) =>
		elements(html, 'div')
			.filter(({ role }) => role === 'img')
			.map((attributes) => attributes['aria-label']);

	it('is a map and a gradient of each class, all of a network on one scale', () => {
		const html = pictures(true);
		expect(labels(html).map((label) => /shirt|boot/.exec(label)?.[0])).toEqual([
			...['boot', 'boot', 'shirt', 'shirt']
		]);
		expect(html.match(/[−-]3\S* to \+?3/g)).toHaveLength(2);
		expect(html.match(/[−-]2\S* to \+?2/g)).toHaveLength(2);
	});

	it('is the gradient alone where there is no class activation map', () =>
		expect(labels(pictures(false))).toHaveLength(2));
});
