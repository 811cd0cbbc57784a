/** The pixels of a heatmap: one for every layer and step. */
import { classifyNorm, type NormClass } from '../words/format';
import { NORM_SHADES, normPosition, type NormDomain, type Pixel } from './normColour';

/** Colours of what has no place on the scale; `none` where nothing is read. */
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
