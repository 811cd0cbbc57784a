import { describe, expect, it } from 'vitest';
import { drawn, elements, svgOf } from '../../test/drawn';
import Landscape from './Landscape.svelte';
import { lossColour } from './scale';

/** A bowl that is lowest in the middle: five points a side. */
const BOWL = Array.from({ length: 25 }, (_, i) => {
	const [u, v] = [(i % 5) - 2, Math.floor(i / 5) - 2];
	return 0.1 + u * u + v * v;
});
const domain = { low: 0.1, high: 10 };

describe('the loss around the weights', () => {
	const picture = (view: 'contours' | 'surface', losses: readonly number[], turn = 0.6) =>
		drawn(Landscape, {
			name: 'residual-20',
			colour: 'var(--lane-0)',
			landscape: { step: 90, lane: 0, seed: 1, span: 1, images: 256, size: 5, losses },
			classes: 10,
			domain,
			view,
			turn,
			onTurn: () => {}
		});

	it.each(['contours', 'surface'] as const)('as %s is as it was', async (view) => {
		await expect(svgOf(picture(view, BOWL))).toMatchFileSnapshot(`snapshots/landscape-${view}.svg`);
	});

	it('is told in words: at the weights, at most, and how much lies below guessing', () => {
		const [{ 'aria-label': text }] = elements(picture('contours', BOWL), 'svg');
		expect(text).toContain('0.10');
		expect(text).toContain('8.1');
		// Below ln 10: the middle, its four neighbours, and the four beside these.
		expect(text).toContain('36.0%');
	});

	it('has higher bands within lower ones, from the bottom of the scale to its top', () => {
		const bands = elements(picture('contours', BOWL), 'path', 'band');
		expect(bands).toHaveLength(16);
		expect(new Set(bands.map(({ fill }) => fill)).size).toBe(16);
		expect(bands.every(({ fill }) => fill.startsWith('rgb('))).toBe(true);
		// All of the plane lies above the lowest level, little above the highest.
		const reach = ({ d }: Record<string, string>) => d.length;
		expect(reach(bands[0])).toBeGreaterThan(0);
		const flat = elements(
			picture(
				'contours',
				BOWL.map(() => 0.1)
			),
			'path',
			'band'
		);
		expect(flat.slice(1).every(({ d }) => d === '')).toBe(true);
	});

	it('marks points whose loss is no number', () => {
		const broken = BOWL.map((loss, i) => (i === 0 || i === 24 ? NaN : loss));
		expect(elements(picture('contours', broken), 'text', 'broken')).toHaveLength(2);
	});

	it('is a surface of a piece a cell, the nearest drawn last, which turns', () => {
		const pieces = (turn: number) => elements(picture('surface', BOWL, turn), 'path', 'piece');
		expect(pieces(0)).toHaveLength(16);
		const height = ({ d }: Record<string, string>) =>
			Math.max(...[...d.matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y)));
		const all = pieces(0);
		expect(height(all[15])).toBeGreaterThan(height(all[0]));
		expect(pieces(1)[0].d).not.toBe(all[0].d);
		expect(all.map(({ fill }) => fill)).not.toContain(lossColour(0));
	});
});
