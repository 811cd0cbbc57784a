/**
 * Lays the bins of histograms out along a logarithmic axis for both signs: negative values from large to small, zero,
 * positive values from small to large, and what is not finite.
 */
import { range, sum } from 'd3';
import { ZERO_BIN } from '$lib/lab';
import { normTicks, type NormDomain } from '../../charts/normColour';
import { powerOfTen } from '../../words/format';

/** Share of its histogram, 0…1, from which a bin's place belongs on the axis; smaller ones beyond its ends are not drawn. */
const LEAST_SHARE = 0.001;

/** The colours of shares: from 0.1 % to all of a histogram's values. */
export const SHARES: NormDomain = { low: -3, high: 0 };

/** One histogram: of a step, or of a layer. */
export interface Column {
	/** The step or the number of the layer. */
	readonly at: number;
	/** Counts by bin (`engine/histogram.ts`). */
	readonly bins: Uint32Array;
	/** Number of values counted. */
	readonly total: number;
}

export const columnOf = (at: number, bins: Uint32Array): Column => ({ at, bins, total: sum(bins) });

/** Smallest and largest power of two on the axis, whether there are values of either sign, and what else it has. */
export interface Axis {
	readonly low: number;
	readonly high: number;
	readonly negative: boolean;
	readonly subnormal: boolean;
	readonly notFinite: boolean;
}

/** A place on the axis, from 0 at the end of the negative values to 1. */
export interface Place {
	readonly from: number;
	readonly to: number;
	/** The bins that it holds. */
	readonly bins: readonly number[];
	/** What it holds if that is no power of two. */
	readonly kind: 'zero' | 'subnormal' | 'not-finite' | null;
}

export interface Tick {
	readonly at: number;
	readonly text: string;
}

const BIAS = 127;
const SIGN = 256;
/** Length of the places for zero and the like, in powers of two. */
const SPECIAL = 2.5;

/** The bins of a power of two: of positive values, of negative values. */
const binOf = (exponent: number) => exponent + BIAS;
const NOT_FINITE = [255, 255 + SIGN];
const SUBNORMAL = [0, SIGN];

const shareOf = ({ bins, total }: Column, some: readonly number[]) => {
	let count = 0;
	for (const bin of some) count += bins[bin];
	return total && count / total;
};

/** The common axis of some histograms; null if they are all empty. */
export function axisOf(columns: readonly Column[]): Axis | null {
	const full = columns.filter(({ total }) => total);
	if (!full.length) return null;
	const exponents = range(1 - BIAS, BIAS + 1).filter((exponent) =>
		full.some((column) => shareOf(column, [binOf(exponent), binOf(exponent) + SIGN]) >= LEAST_SHARE)
	);
	const has = (...some: number[]) => full.some(({ bins }) => some.some((bin) => bins[bin]));
	return {
		low: exponents.at(0) ?? -4,
		high: exponents.at(-1) ?? 3,
		negative: full.some((column) => shareOf(column, range(1 + SIGN, 255 + SIGN)) >= LEAST_SHARE),
		subnormal: has(...SUBNORMAL),
		notFinite: has(...NOT_FINITE)
	};
}

/** The places of an axis, and labels at powers of ten. @param most labels for one sign */
export function layOut(axis: Axis, most: number): { places: Place[]; ticks: Tick[] } {
	const { low, high } = axis;
	const exponents = range(low, high + 1);
	const parts: { length: number; bins: number[]; kind: Place['kind'] }[] = [
		...(axis.negative
			? exponents.toReversed().map((e) => ({ length: 1, bins: [binOf(e) + SIGN], kind: null }))
			: []),
		{ length: SPECIAL, bins: [ZERO_BIN], kind: 'zero' },
		...(axis.subnormal ? [{ length: SPECIAL, bins: SUBNORMAL, kind: 'subnormal' as const }] : []),
		...exponents.map((e) => ({ length: 1, bins: [binOf(e)], kind: null })),
		...(axis.notFinite ? [{ length: SPECIAL, bins: NOT_FINITE, kind: 'not-finite' as const }] : [])
	];
	const whole = sum(parts, ({ length }) => length);
	let at = 0;
	const places = parts.map(({ length, bins, kind }): Place => {
		const from = at / whole;
		at += length;
		return { from, to: at / whole, bins, kind };
	});
	const decade = Math.log2(10);
	const powers = normTicks(
		{ low: Math.ceil(low / decade), high: Math.floor((high + 1) / decade) },
		most
	);
	const start = places.find(({ bins }) => bins[0] === binOf(low))?.from ?? 0;
	const along = (power: number) => (power * decade - low) / whole;
	const end = axis.negative ? exponents.length / whole : 0;
	const ticks = powers.flatMap((power) => [
		{ at: start + along(power), text: powerOfTen(power) },
		...(axis.negative ? [{ at: end - along(power), text: `−${powerOfTen(power)}` }] : [])
	]);
	return { places, ticks };
}

/** The share of a histogram's values in a place. */
export const shareIn = (column: Column, place: Place): number => shareOf(column, place.bins);

/** What a histogram holds, in numbers; shares are 0…1. */
export interface Summary {
	readonly zero: number;
	readonly subnormal: number;
	readonly notFinite: number;
	/** Powers of two between which the middle half of all magnitudes lies, by what is counted in whole bins; null if it holds no such values. */
	readonly middle: readonly [from: number, to: number] | null;
}

export function summaryOf(column: Column): Summary {
	const { bins } = column;
	const exponents = range(1 - BIAS, BIAS + 1);
	const counts = exponents.map((e) => bins[binOf(e)] + bins[binOf(e) + SIGN]);
	const total = sum(counts);
	const quantile = (share: number) => {
		let seen = 0;
		return exponents[counts.findIndex((count) => (seen += count) >= share * total)];
	};
	return {
		zero: shareOf(column, [ZERO_BIN]),
		subnormal: shareOf(column, SUBNORMAL),
		notFinite: shareOf(column, NOT_FINITE),
		middle: total ? [2 ** quantile(0.25), 2 ** (quantile(0.75) + 1)] : null
	};
}
