/**
 * Turns the values of curves into tones: the pitch by value, a voice for each network. Pure functions; `voices.ts` makes
 * the tones heard.
 *
 * That pitch stands for the value, and a distinct timbre for each series, is among what has proved to work: J. Flowers,
 * Thirteen Years of Reflection on Auditory Graphing, ICAD 2005.
 */
import { bisectRight, scaleLinear, scaleLog } from 'd3';
import type { Column, LaneHistory } from '$lib/lab';
import { indexAt } from '../charts/curves';
import { normPosition, type NormDomain } from '../charts/normColour';

/** Frequency of the lowest value, in hertz; loudspeakers of laptops and phones play it well. */
const LOWEST = 220;
const OCTAVES = 3;

/** The part of the pitch range, 0…1, for a value of each metric. The same for all runs, so that they can be compared by ear. */
const HEIGHTS: { readonly [M in keyof LaneHistory]: (value: number) => number } = {
	trainingError: scaleLinear().clamp(true),
	testError: scaleLinear().clamp(true),
	loss: scaleLog([0.01, 10], [0, 1]).clamp(true)
};

/** The pitch in hertz at a part of the range, 0…1. */
const pitchAt = (height: number) => LOWEST * 2 ** (OCTAVES * height);

/** The tone of a layer's norm in a network's profile: its pitch is the height at which the profile draws it. */
export const normTone = (lane: number, norm: number, domain: NormDomain): Tone => ({
	lane,
	frequency: Number.isFinite(norm) ? pitchAt(normPosition(norm, domain)) : null
});

/**
 * The pitch of a value in hertz, 220 to 1760; values beyond the metric's scale have that of its end. Null for values
 * that are not finite, which have no pitch.
 */
export function frequencyOf(metric: keyof LaneHistory, value: number): number | null {
	return Number.isFinite(value) ? pitchAt(HEIGHTS[metric](value)) : null;
}

/** A network's curve as it is heard. */
export interface HeardCurve {
	readonly lane: number;
	/** Steps and the values drawn at them. */
	readonly column: { readonly steps: Column['steps']; readonly values: ArrayLike<number> };
	/** The step at which the network's numbers were no longer finite; null if they are. */
	readonly stop: number | null;
}

export interface Tone {
	readonly lane: number;
	/** In hertz; null for the sound of a value that is not finite. */
	readonly frequency: number | null;
}

/** The value of a curve at a step or the last before it: NaN from the step on at which the network stopped, null before the first. */
export function valueAt({ column, stop }: HeardCurve, step: number): number | null {
	if (stop !== null && step >= stop) return NaN;
	const i = indexAt(column, step);
	return i < 0 ? null : column.values[i];
}

/** The latest value of a curve after one step and up to another, or one that is not finite; null if there is none. */
function valueBetween({ column, stop }: HeardCurve, after: number, upTo: number): number | null {
	if (stop !== null && after < stop && stop <= upTo) return NaN;
	const { steps, values } = column;
	const last = indexAt(column, upTo);
	for (let i = bisectRight(steps, after); i <= last; i++)
		if (!Number.isFinite(values[i])) return values[i];
	return last >= 0 && steps[last] > after ? values[last] : null;
}

const tonesOf = (
	metric: keyof LaneHistory,
	curves: readonly HeardCurve[],
	valueOf: (curve: HeardCurve) => number | null
): Tone[] =>
	curves.flatMap((curve) => {
		const value = valueOf(curve);
		return value === null ? [] : [{ lane: curve.lane, frequency: frequencyOf(metric, value) }];
	});

/** The tones of all curves as they are read at a step. */
export const tonesAt = (metric: keyof LaneHistory, curves: readonly HeardCurve[], step: number) =>
	tonesOf(metric, curves, (curve) => valueAt(curve, step));

/** The tones of what is new in the curves after one step and up to another. */
export const tonesBetween = (
	metric: keyof LaneHistory,
	curves: readonly HeardCurve[],
	after: number,
	upTo: number
) => tonesOf(metric, curves, (curve) => valueBetween(curve, after, upTo));

/**
 * The curves from step 1 to `last` in moments of equal length. A curve with fewer values than moments is silent between
 * them; one with more is heard at the last value of each moment, unless one of them is not finite.
 * @param most most moments
 */
export function melody(
	metric: keyof LaneHistory,
	curves: readonly HeardCurve[],
	last: number,
	most: number
): { readonly step: number; readonly tones: readonly Tone[] }[] {
	const count = Math.min(last, most);
	const stepAt = (i: number) => Math.round((i * last) / count);
	return Array.from({ length: count }, (_, i) => ({
		step: stepAt(i + 1),
		tones: tonesBetween(metric, curves, stepAt(i), stepAt(i + 1))
	}));
}
