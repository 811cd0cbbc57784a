import { describe, expect, it } from 'vitest';
import { PRESETS } from '../experiment/presets';
import {
	filled,
	NO_DIFFERENCE,
	nothingDrawn,
	PREDICTED_PARTS,
	predictionDisagrees,
	withStroke,
	type DrawnLane
} from '../record/prediction';
import { comparedError, comparedProfile, hasReached, lowestError } from './predictions';
import { toldRun } from './testing';

const pair = PRESETS.degradation(8);
const flat = (value: number) => Array<number>(PREDICTED_PARTS + 1).fill(value);
const predicted = (lane: Partial<DrawnLane>, steps = 40) => {
	const { lanes, ...rest } = nothingDrawn(2, steps);
	return { ...rest, lanes: [{ ...lanes[0], ...lane }, lanes[1]] };
};

describe('a stroke', () => {
	it('leaves the rest level until other strokes come', () => {
		const [left, right] = [
			{ at: 1, value: 0.5 },
			{ at: 3, value: 0.1 }
		];
		const first = withStroke(null, 6, left, left);
		expect(filled(first)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
		const both = withStroke(first, 6, right, right);
		expect(filled(both)).toEqual([0.5, 0.5, 0.3, 0.1, 0.1, 0.1]);
	});

	it('is a straight line between its ends, in both directions', () => {
		const [left, right] = [
			{ at: 1, value: 0 },
			{ at: 3, value: 1 }
		];
		const drawn = [9, 0, 0.5, 1, 9];
		expect(withStroke(flat(9).slice(0, 5), 5, left, right)).toEqual(drawn);
		expect(withStroke(flat(9).slice(0, 5), 5, right, left)).toEqual(drawn);
	});

	it('ends where the pointer is, however little it moves', () => {
		const drawn = withStroke([1, 1], 2, { at: 0.2, value: 1 }, { at: 0.3, value: 0.4 });
		expect(drawn).toEqual([0.4, 1]);
	});

	it('stays within the curve', () => {
		expect(withStroke([0, 0], 2, { at: -3, value: 1 }, { at: 7, value: 1 })).toEqual([1, 1]);
	});
});

describe('a predicted course of the training error', () => {
	const { history } = toldRun(pair, [{ error: 0.7 }, { error: 0.3 }], 50);

	it('is compared at its last step, and over its whole course', () => {
		const drawn = flat(0.7).fill(0.2, PREDICTED_PARTS);
		const found = comparedError(predicted({ error: drawn }), 0, history);
		expect(found?.expected).toBe(0.2);
		expect(found?.measured).toBeCloseTo(0.7, 6);
		expect(found?.away).toBeCloseTo(0.5 / PREDICTED_PARTS, 6);
	});

	it('is not compared before the run has come so far', () => {
		expect(hasReached(history, 51)).toBe(false);
		expect(comparedError(predicted({ error: flat(0.3) }, 51), 0, history)).toBeNull();
	});

	it('is compared up to the step at which its network stopped', () => {
		const { history } = toldRun(pair, [{ error: 0.7 }, {}], 50);
		history.addEvent({ kind: 'not-finite', step: 20, lane: 0, where: null });
		const found = comparedError(predicted({ error: flat(0.7) }), 0, history);
		expect(found?.measured).toBeNull();
		expect(found?.away).toBeCloseTo(0, 6);
		expect(lowestError(history, 40)).toBe(1);
	});
});

it('a predicted profile is compared with the first step, in powers of ten', () => {
	const { history, networks } = toldRun(
		pair,
		[{ norm: (column) => 10 ** (column - 7) }, { norm: () => 0 }],
		1
	);
	const gradient = networks[0].layers.map(() => 0);
	const found = comparedProfile(predicted({ gradient }), 0, history, networks[0]);
	expect(found?.expected).toBe(1);
	expect(found?.measured).toBeCloseTo(1e-7, 12);
	expect(found?.away).toBeCloseTo(3.5, 5);
	const { lanes, ...rest } = predicted({});
	const zero = { ...rest, lanes: lanes.map(() => ({ error: null, gradient })) };
	expect(comparedProfile(zero, 1, history, networks[1])?.away).toBeNull();
});

it('the lowest training error is nobody’s where the difference could be chance', () => {
	const lowest = (a: number, b: number) =>
		lowestError(toldRun(pair, [{ error: a }, { error: b }], 40).history, 40);
	expect(lowest(0.5, 0.3)).toBe(1);
	expect(lowest(0.3, 0.5)).toBe(0);
	expect(lowest(0.3, 0.32)).toBe(NO_DIFFERENCE);
});

it('a prediction for other networks is refused', () => {
	const { networks } = toldRun(pair, [{}, {}], 1);
	const whole = nothingDrawn(2, 40);
	expect(predictionDisagrees(whole, networks)).toBeNull();
	expect(predictionDisagrees(nothingDrawn(1, 40), networks)?.detail).toBe('expected 2, received 1');
	expect(predictionDisagrees({ ...whole, seen: 2 }, networks)?.path).toBe('seen');
	const short = predicted({ gradient: [0, 0] });
	expect(predictionDisagrees(short, networks)?.path).toBe('lanes.0.gradient');
});
