import { createRawSnippet } from 'svelte';
import { describe, expect, it } from 'vitest';
import { fitColumns } from '../graph/columns';
import { drawn, elements, pointsOf, svgOf } from '../test/drawn';
import { formatPercent, formatPercentTick } from '../words/format';
import GradientProfile from './GradientProfile.svelte';
import Heatmap from './Heatmap.svelte';
import LineChart from './LineChart.svelte';
import LogLines from './LogLines.svelte';
import NormLegend from './NormLegend.svelte';
import { heatmapPixels, NORM_SHADES, type OddShades } from './normColour';

const nothing = () => {};

describe('curves over steps', () => {
	const chart = (
		falling: readonly number[],
		rising: readonly number[],
		{ read = null, cursor = null }: { read?: number | null; cursor?: number | null } = {}
	) =>
		drawn(LineChart, {
			title: 'Training error',
			series: [falling, rising].map((values, lane) => ({
				name: ['residual-20', 'plain-20'][lane],
				colour: `var(--lane-${lane})`,
				column: { steps: values.map((_, i) => i + 1), values: [...values] }
			})),
			overlaid: [
				{ colour: 'var(--lane-0)', dashes: '7 4', column: { steps: [1, 40], values: [0.9, 0.7] } }
			],
			last: 40,
			cursor,
			finished: true,
			version: 0,
			window: 4,
			height: 160,
			top: 1,
			format: formatPercent,
			formatTick: formatPercentTick,
			marks: [{ step: 20, lane: 0, text: 'Shortcut of block 1 cut' }],
			read,
			onRead: nothing,
			width: 320
		});
	const falling = Array.from({ length: 40 }, (_, i) => 0.9 - i / 80);
	const rising = Array.from({ length: 40 }, (_, i) => 0.5 + i / 80);

	it('are as they were', async () => {
		await expect(svgOf(chart(falling, rising, { read: 30 }))).toMatchFileSnapshot(
			'snapshots/line-chart.svg'
		);
	});

	it('go down where errors fall, and stop where they are no numbers', () => {
		const ends = (values: readonly number[]) => {
			const [strong] = elements(chart(values, rising), 'path', 'strong');
			return pointsOf(strong.d);
		};
		const [first, last] = [ends(falling)[0], ends(falling).at(-1)!];
		expect(last[0]).toBeGreaterThan(first[0] + 200);
		// In pixels from the top: a lower error stands lower.
		expect(last[1]).toBeGreaterThan(first[1] + 40);
		const stopped = ends(falling.map((value, i) => (i < 20 ? value : NaN)));
		expect(stopped.at(-1)![0]).toBeLessThan((first[0] + last[0]) / 2 + 1);
	});

	it('say their values at the crosshair, smoothed and raw', () => {
		const html = chart(falling, rising, { read: 30 });
		const [slider] = elements(html, 'svg').filter(({ role }) => role === 'slider');
		expect(slider['aria-valuenow']).toBe('30');
		// Mean of the errors of steps 27 to 30, and the last of them.
		expect(slider['aria-valuetext']).toMatch(/residual-20 55\.6%.*53\.8%/);
		expect(elements(html, 'line', 'crosshair')).toHaveLength(1);
	});

	it('end at the step shown, on axes of the whole run, and later steps cannot be read', () => {
		const picture = (cursor: number | null) => {
			const html = chart(falling, rising, { cursor, read: 35 });
			const [slider, lines] = elements(html, 'svg');
			const axis = elements(html, 'text', 'x').map(({ x }) => x);
			return { slider, lines, axis, marks: elements(html, 'line', 'mark') };
		};
		const [whole, half, early] = [null, 20, 10].map(picture);
		expect(half.axis).toEqual(whole.axis);
		expect(Number(half.lines.width)).toBeCloseTo(Number(whole.lines.width) / 2);
		expect(Number(early.lines.width)).toBeCloseTo(Number(whole.lines.width) / 4);
		expect([whole, half, early].map(({ marks }) => marks.length)).toEqual([1, 1, 0]);
		expect(whole.slider['aria-valuenow']).toBe('35');
		expect(half.slider).toMatchObject({ 'aria-valuenow': '20', 'aria-valuemax': '20' });
		expect(half.slider['aria-valuetext']).toContain('Step 20');
	});

	it('end at the last value before the step shown, where not every step has one', () => {
		const column = { steps: [10, 20, 30, 40], values: [0.9, 0.7, 0.5, 0.3] };
		const points = (cursor: number | null) => {
			const html = drawn(LineChart, {
				...{ title: 'Test error', last: 40, cursor, finished: true, version: 0, window: 1 },
				...{ height: 160, width: 320, top: 1, marks: [], read: null, onRead: nothing },
				...{ format: formatPercent, formatTick: formatPercentTick },
				series: [{ name: 'plain-20', colour: 'var(--lane-0)', column }]
			});
			const [, lines] = elements(html, 'svg');
			return { width: Number(lines.width), count: elements(html, 'circle').length };
		};
		expect(points(null).count).toBe(4);
		expect(points(29)).toEqual(points(20));
		expect(points(29).count).toBe(2);
	});
});

describe('one reading of every layer', () => {
	const columns = fitColumns(6, 256, 9);
	const chart = (norms: readonly (number | null)[] | null, height = 100) =>
		drawn(GradientProfile, {
			name: 'plain-8',
			what: { short: '‖∇w‖', name: 'Gradient norm' },
			columns,
			height,
			norms,
			traces: norms ? [[1, 1, 1, 1, 1, 1]] : [],
			domain: { low: -4, high: 2 },
			colour: 'var(--lane-0)',
			pointed: 2,
			onPoint: nothing,
			columnOf: () => null
		});

	it('is as it was', async () => {
		const norms = [1e-4, 1e-2, 0, Infinity, NaN, null];
		await expect(svgOf(chart(norms))).toMatchFileSnapshot('snapshots/gradient-profile.svg');
	});

	it('stands the higher the larger it is, decades apart alike', () => {
		const heights = elements(chart([1e-4, 1e-2, 1, 1e2, 1, 1]), 'circle').map(({ cy }) =>
			Number(cy)
		);
		const [a, b, c, d] = heights;
		expect(a - b).toBeCloseTo(b - c);
		expect(b - c).toBeCloseTo(c - d);
		expect(d).toBeLessThan(a);
	});

	it('is labelled at its ends, and between them only where labels have room', () => {
		const places = (height: number) =>
			elements(chart([1, 1, 1, 1, 1, 1], height), 'text', 'tick').map(({ y }) => Number(y));
		for (const height of [36, 44, 52, 72, 100]) {
			const [low, ...rest] = places(height);
			expect(low - rest.at(-1)!).toBeCloseTo(height - 22);
			rest.forEach((y, i) => expect([low, ...rest][i] - y).toBeGreaterThanOrEqual(13));
		}
		expect([36, 52, 100].map((height) => places(height).length)).toEqual([2, 3, 4]);
	});

	it('that is no number has no point on the axis but a sign of its own', () => {
		const html = chart([1, 0, Infinity, NaN, null, 1]);
		expect(elements(html, 'circle')).toHaveLength(2);
		for (const sign of ['zero', 'infinite', 'nan'])
			expect(elements(html, 'path', sign)).toHaveLength(1);
	});

	it('is told in words before there is any', () => {
		const html = chart(null);
		expect(elements(html, 'circle')).toHaveLength(0);
		expect(elements(html, 'text', 'empty')).toHaveLength(1);
	});
});

describe('the heatmap', () => {
	const odd: OddShades = { zero: [1, 1, 1], infinite: [2, 2, 2], nan: [3, 3, 3], none: [4, 4, 4] };
	const domain = { low: -2, high: 2 };

	it('has a pixel for every layer and step', () => {
		const rgba = heatmapPixels(
			[
				[0.01, 100, 0],
				[Infinity, NaN, null]
			],
			domain,
			odd
		);
		const pixels = Array.from({ length: 6 }, (_, i) => [...rgba.subarray(4 * i, 4 * i + 4)]);
		const opaque = (pixel: readonly number[]) => [...pixel, 255];
		expect(pixels).toEqual(
			[NORM_SHADES[0], NORM_SHADES.at(-1)!, odd.zero, odd.infinite, odd.nan, odd.none].map(opaque)
		);
	});

	it('is framed as it was: its steps, the layer pointed at, the step on show', async () => {
		const html = drawn(Heatmap, {
			label: 'plain-8: gradient norm',
			columns: fitColumns(3, 256, 9),
			height: 60,
			rows: [1, 2, 3, 4].map((step) => ({ step, values: [1, 1, 1] })),
			domain,
			cursor: 3,
			onCursor: nothing,
			pointed: 1,
			onPoint: nothing,
			columnOf: () => null
		});
		await expect(html).toMatchFileSnapshot('snapshots/heatmap.html');
		// The middle of the third of four rows.
		expect(elements(html, 'i', 'mark')[0].style).toContain('top: 37.5px');
	});
});

describe('lines over many powers of ten', () => {
	const chart = (log: boolean) =>
		drawn(LogLines, {
			title: 'First to last layer',
			summary: '',
			series: [
				{
					name: 'plain',
					colour: 'var(--lane-0)',
					points: [
						[8, 1e-2],
						[20, 1e-6],
						[56, 0]
					]
				},
				{
					name: 'residual',
					colour: 'var(--lane-1)',
					points: [
						[8, 1],
						[20, 2],
						[56, Infinity]
					]
				}
			],
			xLabel: 'Depth',
			range: [8, 56],
			ticks: [8, 20, 56],
			log,
			reference: 1,
			width: 320
		});

	it('are as they were', async () => {
		await expect(svgOf(chart(true))).toMatchFileSnapshot('snapshots/log-lines.svg');
	});

	it('stand on the line of 1 where they are 1', () => {
		const html = chart(false);
		const [{ y1 }] = elements(html, 'line', 'reference');
		const [, , one] = elements(html, 'circle');
		expect(Number(one.cy)).toBeCloseTo(Number(y1));
		expect(elements(html, 'text', 'odd')).toHaveLength(2);
	});

	it('give the same ratios of depth the same room on a log axis alone', () => {
		const places = (log: boolean) => elements(chart(log), 'text', 'at').map(({ x }) => Number(x));
		const [a, b, c] = places(true);
		expect((c - b) / (b - a)).toBeCloseTo(Math.log(56 / 20) / Math.log(20 / 8));
		const [d, e, f] = places(false);
		expect((f - e) / (e - d)).toBeCloseTo(36 / 12);
	});
});

it('the legend of the norms is as it was', async () => {
	const html = drawn(NormLegend, {
		domain: { low: -3, high: 1 },
		children: createRawSnippet(() => ({ render: () => '<b>gradient norm</b>' }))
	});
	await expect(html).toMatchFileSnapshot('snapshots/norm-legend.html');
	const ticks = elements(html, 'span', 'tick').map(({ style }) => style);
	expect(ticks).toEqual([0, 25, 50, 75, 100].map((at) => expect.stringContaining(`left: ${at}%`)));
});
