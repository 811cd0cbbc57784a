/** How alike gradients at neighbouring points are: the autocorrelation of a series of vectors, and of noise. */
import { randomNormal } from 'd3';
import { drawUnit, randomStream } from '$lib/base/random';

/**
 * The autocorrelation of a series of vectors g₀ … gₙ₋₁ by lag k, for k from 0 to n/2:
 *
 *     R(k) = Σᵢ ⟨gᵢ − ḡ, gᵢ₊ₖ − ḡ⟩ / Σᵢ ‖gᵢ − ḡ‖²
 *
 * where ḡ is their mean and i + k < n. With a single component, this is the usual estimate for a time series (Box and
 * Jenkins, Time Series Analysis, 1970, chapter 2), which Balduzzi et al. (2017, figure 2) draw. With several, each
 * counts by its variance.
 * @param values `[points, components]`
 * @returns values from −1 to 1, of which the first is 1; all are NaN if the vectors are all the same or not finite
 */
export function autocorrelation(values: ArrayLike<number>, points: number): number[] {
	const size = values.length / points;
	const away = new Float64Array(values.length);
	for (let c = 0; c < size; c++) {
		let sum = 0;
		for (let i = 0; i < points; i++) sum += values[i * size + c];
		for (let i = 0; i < points; i++) away[i * size + c] = values[i * size + c] - sum / points;
	}
	const sums = Array.from({ length: Math.floor(points / 2) + 1 }, (_, lag) => {
		const shift = lag * size;
		let sum = 0;
		for (let at = shift; at < away.length; at++) sum += away[at - shift] * away[at];
		return sum;
	});
	return sums.map((sum) => sum / sums[0]);
}

/** The smallest lag at which the autocorrelation is below a level; null if it is at none. */
export function lagBelow(correlation: readonly number[], level: number): number | null {
	const lag = correlation.findIndex((value) => value < level);
	return lag < 0 ? null : lag;
}

/** White noise is independent at every point; brown noise is its running sum, a random walk. */
export const NOISES = ['white', 'brown'] as const;
export type Noise = (typeof NOISES)[number];

/** Number of series of noise that are averaged over: as many as a preset's images have pixels. */
const SERIES = 256;

/** Series of noise with normally distributed steps, `[points, series]`, always the same. */
export function noiseSeries(noise: Noise, points: number, series = SERIES): Float64Array {
	const random = randomStream(1, 'noise', points);
	const normal = randomNormal.source(() => drawUnit(random))();
	const values = Float64Array.from({ length: points * series }, normal);
	if (noise === 'brown')
		for (let i = series; i < values.length; i++) values[i] += values[i - series];
	return values;
}

/** The autocorrelation of noise by lag, as that of a network's gradients is estimated. */
export const noiseCorrelation = (noise: Noise, points: number): number[] =>
	autocorrelation(noiseSeries(noise, points), points);
