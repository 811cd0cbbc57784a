import { describe, expect, it } from 'vitest';
import type { SweepCell } from '$lib/lab';
import { drawn, elements, svgOf } from '../../test/drawn';
import { mapDomain, mapLevels, mapPosition } from './scale';
import SweepMap from './SweepMap.svelte';

const cell = (values: number[], mean: number): SweepCell => ({
	values,
	mean,
	least: mean,
	largest: mean,
	seeds: Number.isFinite(mean) ? 1 : 0,
	stopped: Number.isFinite(mean) ? 0 : 1
});
/** The same with three seeds, of which one lies at the mean, one below and one above. */
const seeded = (of: SweepCell, below: number, above: number): SweepCell => ({
	...of,
	least: of.mean - below,
	largest: of.mean + above,
	seeds: 3
});
const ALL = [8, 14, 20].flatMap((depth, i) =>
	[4, 8].map((width, j) => cell([depth, width], 0.2 + 0.1 * i - 0.05 * j))
);
const mapOf = (cells: readonly SweepCell[]) =>
	drawn(SweepMap, {
		name: 'plain',
		colour: 'var(--lane-0)',
		axes: [
			{ setting: 'depth', values: [8, 14, 20] },
			{ setting: 'width', values: [4, 8] }
		],
		cells,
		domain: mapDomain(ALL.map(({ mean }) => mean)),
		numberOf: (value) => value.toFixed(2),
		textOf: (values, found) => `${values.join(' ')}: ${found?.mean ?? 'none'}`,
		pointed: [14, 8],
		onPoint: () => {}
	});

describe('a map of a sweep', () => {
	it('has a cell for each combination, of which Tab reaches the chosen one', () => {
		const cells = elements(mapOf(ALL), 'g').filter((each) => 'data-cell' in each);
		expect(cells).toHaveLength(6);
		const reached = cells.filter(({ tabindex }) => tabindex === '0');
		expect(reached).toMatchObject([{ 'data-cell': '1 1', 'aria-pressed': 'true' }]);
		expect(reached[0]['aria-label']).toMatch(/^14 8: 0\.25/);
	});

	it('tells what is not measured from what is no longer finite, and draws no line there', () => {
		const html = mapOf([...ALL.slice(0, 4), cell([20, 4], NaN)]);
		expect(html.match(/>×</g)).toHaveLength(1);
		expect(html.match(/>–</g)).toHaveLength(1);
		const room = (markup: string) => /<clipPath[^]*?<\/clipPath>/.exec(markup)?.[0] ?? '';
		expect(elements(room(html), 'rect')).toHaveLength(1);
		expect(elements(room(mapOf(ALL)), 'rect')).toHaveLength(2);
	});

	it('is as it was', async () => {
		const cells = ALL.map((each, i) => (i < 3 ? seeded(each, 0.01 * i, 0.03) : each));
		await expect(svgOf(mapOf(cells))).toMatchFileSnapshot('snapshots/sweep-map.svg');
	});

	it('says half the range of the seeds in cells of several, and only there', () => {
		const spreads = (cells: SweepCell[]) =>
			[...mapOf(cells).matchAll(/class="spread"[^>]*>± ([^<]*)</g)].map(([, spread]) => spread);
		expect(spreads(ALL)).toEqual([]);
		const [first, second, ...others] = ALL;
		const cells = [seeded(first, 0.02, 0.06), seeded(second, 0, 0.01), ...others];
		expect(spreads(cells)).toEqual(['0.04', '0.01']);
		expect(spreads([cell([8, 4], NaN), cells[1]])).toEqual(['0.01']);
	});

	it('keeps contour lines away from its numbers', () => {
		const cells = ALL.map((each) => seeded(each, 0.02, 0.02));
		const html = mapOf(cells);
		const colours = elements(html, 'rect').flatMap(({ fill }) => fill ?? []);
		const numbers = elements(html, 'g', 'numbers').map(({ style }) => style);
		const halo = numbers.map((style) => /stroke: ([^;]*)/.exec(style)![1]);
		expect(halo).toEqual(colours);
		expect(html.lastIndexOf('class="level"')).toBeLessThan(html.indexOf('class="numbers"'));
	});

	it('draws the first setting across and the second upwards', () => {
		const [first, second] = elements(mapOf(ALL), 'rect').filter(({ fill }) => fill);
		expect(Number(second.x)).toBeGreaterThan(Number(first.x));
		const rows = elements(mapOf(ALL), 'rect').filter(({ fill }) => fill);
		expect(Number(rows[3].y)).toBeLessThan(Number(rows[0].y));
	});
});

describe('the scale of the maps', () => {
	it('holds all finite means, and is not stretched over differences that are nothing', () => {
		expect(mapDomain([0.2, NaN, 0.6])).toEqual({ low: 0.2, high: 0.6 });
		const { low, high } = mapDomain([0.3, 0.301]);
		expect(high - low).toBeCloseTo(0.02, 12);
		expect(mapPosition(0.4, { low: 0.2, high: 0.6 })).toBeCloseTo(0.5, 12);
		expect(mapLevels({ low: 0.2, high: 0.6 })).toContain(0.4);
	});
});
