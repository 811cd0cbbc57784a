/**
 * Turns the numbers of a run into the lines of a chart: smooths, thins to the screen's resolution, and reads values
 * back. Pure functions on columns of numbers.
 */
import { bisectRight } from 'd3';
import type { Column } from '$lib/lab';

/** Number of steps that headers and strong lines average over. */
export const SMOOTHING = 20;

/** Moving mean over the last `window` values at each position; NaN if one of them is not finite. */
export function smooth(values: readonly number[], window: number): Float64Array {
	const smoothed = new Float64Array(values.length);
	let sum = 0;
	let unfinished = 0; // values in the window that are not finite
	for (let i = 0; i < values.length; i++) {
		if (Number.isFinite(values[i])) sum += values[i];
		else unfinished++;
		if (i >= window) {
			const gone = values[i - window];
			if (Number.isFinite(gone)) sum -= gone;
			else unfinished--;
		}
		smoothed[i] = unfinished ? NaN : sum / Math.min(i + 1, window);
	}
	return smoothed;
}

/** Mean of the `window` values up to index `i`; NaN if one of them is not finite. */
export function smoothedAt(values: readonly number[], i: number, window: number): number {
	const last = values.slice(Math.max(0, i + 1 - window), i + 1);
	return last.every(Number.isFinite)
		? last.reduce((sum, value) => sum + value, 0) / last.length
		: NaN;
}

/**
 * The path of a line through the values, in SVG's notation: per pixel of width the first, the lowest, the highest and
 * the last value, so that no peak is lost. Breaks where a value is not finite.
 * @param x position of a step in pixels, ascending
 * @param y position of a value in pixels
 */
export function linePath(
	steps: readonly number[],
	values: ArrayLike<number>,
	x: (step: number) => number,
	y: (value: number) => number
): string {
	const parts: string[] = [];
	let open = false; // whether the next point continues a line
	const put = (px: number, value: number) => {
		parts.push(`${open ? 'L' : 'M'}${px.toFixed(1)} ${y(value).toFixed(1)}`);
		open = true;
	};
	for (let i = 0; i < steps.length;) {
		if (!Number.isFinite(values[i])) {
			open = false;
			i++;
			continue;
		}
		const px = x(steps[i]);
		const first = values[i];
		let [low, high, last] = [first, first, first];
		let end = i + 1;
		for (; end < steps.length && x(steps[end]) < px + 1 && Number.isFinite(values[end]); end++) {
			last = values[end];
			if (last < low) low = last;
			if (last > high) high = last;
		}
		put(px, first);
		if (end - i > 2) {
			put(px, low);
			put(px, high);
		}
		if (end - i > 1) put(px, last);
		i = end;
	}
	// A single point becomes a line of length 0, which round ends make visible.
	return parts.join('').replace(/M([\d.-]+ [\d.-]+)(?=M|$)/g, 'M$1L$1');
}

/** The path of a line through values at equal distances from step 0 to `steps`; see `linePath`. */
export const evenPath = (
	steps: number,
	values: readonly number[],
	x: (step: number) => number,
	y: (value: number) => number
): string =>
	linePath(
		values.map((_, i) => (i * steps) / (values.length - 1)),
		values,
		x,
		y
	);

/** Index of the last entry at or before a step; −1 if there is none. */
export function indexAt({ steps }: Pick<Column, 'steps'>, step: number): number {
	return bisectRight(steps, step) - 1;
}

/** End of the axis of steps: 1, 2 or 5 times a power of ten, at least 50, so that the axis rarely changes. */
export function stepAxisEnd(step: number): number {
	const factors = [2, 2, 2.5];
	let end = 50;
	for (let i = 0; end < step; i++) end *= factors[i % factors.length];
	return end;
}
