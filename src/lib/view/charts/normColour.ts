/**
 * Norms on a logarithmic axis and as colours. Zero, infinity and NaN have no place on such an axis; they are classified
 * and drawn separately.
 */
import { interpolateViridis, rgb } from 'd3';
import { classifyNorm, type NormClass } from '../words/format';

/** The ends of an axis as exponents: it runs from 10^low to 10^high. */
export interface NormDomain {
	readonly low: number;
	readonly high: number;
}

/** The axis when no norm is finite: the range of a healthy network at its start. */
export const EMPTY_DOMAIN: NormDomain = { low: -3, high: 1 };

/** The axis of shares, from 1 % to 100 %. */
export const SHARE_DOMAIN: NormDomain = { low: -2, high: 0 };

/** An axis is never shorter than this, so that equal norms do not look different. */
const FEWEST_DECADES = 3;

/** The decades that hold all finite norms. */
export function normDomain(lists: Iterable<ArrayLike<number | null>>): NormDomain {
	let least = Infinity;
	let most = 0;
	for (const list of lists)
		for (let i = 0; i < list.length; i++) {
			const norm = list[i];
			if (norm === null || classifyNorm(norm) !== 'finite') continue;
			if (norm < least) least = norm;
			if (norm > most) most = norm;
		}
	if (most === 0) return EMPTY_DOMAIN;
	const low = Math.floor(Math.log10(least));
	const high = Math.max(Math.ceil(Math.log10(most)), low + 1);
	const missing = Math.max(0, FEWEST_DECADES - (high - low));
	return { low: low - Math.ceil(missing / 2), high: high + Math.floor(missing / 2) };
}

/** Position of a finite norm on the axis: 0 at the lower end, 1 at the upper, clamped. */
export function normPosition(norm: number, { low, high }: NormDomain): number {
	return Math.min(1, Math.max(0, (Math.log10(norm) - low) / (high - low)));
}

/** Exponents at which the axis is labelled: at most `count`, evenly spaced, including the ends of the axis if possible. */
export function normTicks({ low, high }: NormDomain, count: number): number[] {
	const every = Math.max(1, Math.ceil((high - low) / Math.max(1, count - 1)));
	const ticks: number[] = [];
	for (let power = high; power >= low; power -= every) ticks.unshift(power);
	return ticks;
}

export type Pixel = readonly [red: number, green: number, blue: number];

/** The colours of the axis from its lower end to its upper, for pictures made pixel by pixel. */
export const NORM_SHADES: readonly Pixel[] = Array.from({ length: 256 }, (_, i) =>
	pixelOf(interpolateViridis(i / 255))
);

/** Red, green and blue of a resolved CSS colour. */
export function pixelOf(css: string): Pixel {
	const { r, g, b } = rgb(css);
	return [r, g, b];
}

/** The colour of a norm, on a scale that colour-blind readers can order too; zero, infinity and NaN have CSS variables. */
export function normColour(norm: number, domain: NormDomain): string {
	switch (classifyNorm(norm)) {
		case 'zero':
			return 'var(--norm-zero)';
		case 'infinite':
			return 'var(--norm-infinite)';
		case 'nan':
			return 'var(--norm-nan)';
		case 'finite':
			return interpolateViridis(normPosition(norm, domain));
	}
}

/** Colours of values that have no place on the scale; `none` is for layers without a value. */
export type OddShades = Record<Exclude<NormClass, 'finite'> | 'none', Pixel>;

function shadeOf(value: number | null, domain: NormDomain, odd: OddShades): Pixel {
	if (value === null) return odd.none;
	const kind = classifyNorm(value);
	return kind === 'finite'
		? NORM_SHADES[Math.round(normPosition(value, domain) * (NORM_SHADES.length - 1))]
		: odd[kind];
}

/**
 * @param rows of one length
 * @returns red, green, blue and opacity of each value, row by row
 */
export function heatmapPixels(
	rows: readonly (readonly (number | null)[])[],
	domain: NormDomain,
	odd: OddShades
): Uint8ClampedArray<ArrayBuffer> {
	const values = rows.flat();
	const rgba = new Uint8ClampedArray(4 * values.length);
	values.forEach((value, i) => rgba.set([...shadeOf(value, domain, odd), 255], 4 * i));
	return rgba;
}
