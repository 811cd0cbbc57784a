import { expect, it } from 'vitest';
import { BINS, ZERO_BIN } from '$lib/lab';
import { axisOf, columnOf, layOut, shareIn, summaryOf } from './bins';

/** A histogram with the given counts of zeros and, by exponent, of positive and negative values. */
function histogram(zeros: number, powers: Record<number, readonly [number, number]>) {
	const bins = new Uint32Array(BINS);
	bins[ZERO_BIN] = zeros;
	for (const [exponent, [positive, negative]] of Object.entries(powers)) {
		bins[Number(exponent) + 127] = positive;
		bins[Number(exponent) + 127 + 256] = negative;
	}
	return columnOf(1, bins);
}

const column = histogram(40, { [-4]: [10, 10], [-1]: [20, 20] });

it('an axis holds every bin once, from the most negative to the largest', () => {
	const axis = axisOf([column])!;
	expect(axis).toEqual({ low: -4, high: -1, negative: true, subnormal: false, notFinite: false });
	const { places, ticks } = layOut(axis, 5);
	expect(places.map((place) => shareIn(column, place))).toEqual([
		...[0.2, 0, 0, 0.1],
		...[0.4],
		...[0.1, 0, 0, 0.2]
	]);
	expect(places[0].from).toBe(0);
	expect(places.at(-1)!.to).toBe(1);
	const at = (text: string) => ticks.find((tick) => tick.text === text)!.at;
	// 0.1 lies in the bin of 2⁻⁴, from 0.0625 to 0.125, and −0.1 opposite.
	const [positive] = places.filter(({ bins }) => bins[0] === 127 - 4);
	expect(at('10⁻¹')).toBeGreaterThan(positive.from);
	expect(at('10⁻¹')).toBeLessThan(positive.to);
	expect(at('−10⁻¹')).toBeCloseTo(1 - at('10⁻¹'), 10);
});

it('shows what no power of two holds as what it is, and nothing else', () => {
	const odd = histogram(0, { 0: [10, 0] });
	odd.bins[0] = 3;
	odd.bins[255 + 256] = 7;
	const one = columnOf(2, odd.bins);
	const axis = axisOf([one])!;
	expect(axis).toMatchObject({ negative: false, subnormal: true, notFinite: true });
	const kinds = layOut(axis, 3).places.map((place) => [place.kind, shareIn(one, place)]);
	expect(kinds).toEqual([
		['zero', 0],
		['subnormal', 0.15],
		[null, 0.5],
		['not-finite', 0.35]
	]);
	expect(axisOf([columnOf(1, new Uint32Array(BINS))])).toBeNull();
});

it('is summed up by shares and by the middle half of the magnitudes', () => {
	expect(summaryOf(column)).toEqual({
		...{ zero: 0.4, subnormal: 0, notFinite: 0 },
		middle: [2 ** -4, 1]
	});
});
