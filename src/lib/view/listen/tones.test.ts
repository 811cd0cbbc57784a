import { describe, expect, it } from 'vitest';
import { frequencyOf, melody, normTone, tonesAt, tonesBetween, type HeardCurve } from './tones';

const curve = (values: readonly number[], rest: Partial<HeardCurve> = {}): HeardCurve => ({
	lane: 0,
	column: { steps: values.map((_, i) => i + 1), values },
	stop: null,
	...rest
});

describe('the pitch of a value', () => {
	it('goes over three octaves, evenly for errors', () => {
		expect([0, 1 / 3, 2 / 3, 1].map((value) => frequencyOf('trainingError', value))).toEqual(
			[220, 440, 880, 1760].map((hertz) => expect.closeTo(hertz, 6))
		);
	});

	it('rises by the same ratio for every factor of the loss', () => {
		const pitches = [0.01, 0.1, 1, 10].map((loss) => frequencyOf('loss', loss));
		expect(pitches).toEqual([220, 440, 880, 1760].map((hertz) => expect.closeTo(hertz, 6)));
	});

	it('tells errors apart that count as different', () => {
		// 4 points: more than a semitone.
		const [low, high] = [0.3, 0.34].map((error) => frequencyOf('testError', error)!);
		expect(high / low).toBeGreaterThan(2 ** (1 / 12));
	});

	it('stays at the ends of the scale for zero and for values beyond it', () => {
		expect(frequencyOf('loss', 0)).toBeCloseTo(220);
		expect(frequencyOf('loss', 1e30)).toBeCloseTo(1760);
		expect(frequencyOf('trainingError', 1.5)).toBeCloseTo(1760);
	});

	it('does not exist for values that are not finite', () => {
		for (const value of [NaN, Infinity, -Infinity]) expect(frequencyOf('loss', value)).toBeNull();
	});
});

describe('the tone of a norm', () => {
	const domain = { low: -6, high: 0 };
	it('is as high as the profile draws it', () => {
		expect([1e-6, 1e-4, 1e-2, 1].map((norm) => normTone(1, norm, domain).frequency)).toEqual(
			[220, 440, 880, 1760].map((hertz) => expect.closeTo(hertz, 6))
		);
	});
	it('is the lowest for zero, and none for what is not finite', () => {
		expect(normTone(0, 0, domain)).toEqual({ lane: 0, frequency: 220 });
		for (const norm of [NaN, Infinity])
			expect(normTone(0, norm, domain)).toEqual({ lane: 0, frequency: null });
	});
});

describe('the tones at a step', () => {
	const sparse = curve([0.9, 0.1], { column: { steps: [10, 20], values: [0.9, 0.1] } });

	it('are those of the last values up to it', () => {
		expect(tonesAt('testError', [sparse], 9)).toEqual([]);
		const at = (step: number) => tonesAt('testError', [sparse], step)[0].frequency;
		expect(at(19)).toBe(frequencyOf('testError', 0.9));
		expect(at(20)).toBe(frequencyOf('testError', 0.1));
	});

	it('have no pitch once the network has stopped', () => {
		const stopped = curve([0.9, 0.8, 0.7], { stop: 3 });
		expect(tonesAt('trainingError', [stopped], 2)[0].frequency).not.toBeNull();
		expect(tonesAt('trainingError', [stopped], 3)).toEqual([{ lane: 0, frequency: null }]);
	});

	it('between two steps are those of new values alone', () => {
		expect(tonesBetween('testError', [sparse], 10, 19)).toEqual([]);
		expect(tonesBetween('testError', [sparse], 10, 20)).toHaveLength(1);
	});
});

describe('a whole curve', () => {
	it('has a moment for every step of a short run', () => {
		const moments = melody('trainingError', [curve([1, 0.5, 0])], 3, 90);
		expect(moments.map(({ step }) => step)).toEqual([1, 2, 3]);
		expect(moments.map(({ tones }) => tones[0].frequency)).toEqual(
			[1, 0.5, 0].map((error) => frequencyOf('trainingError', error))
		);
	});

	it('is thinned evenly, and ends with the last step', () => {
		const falling = Array.from({ length: 1000 }, (_, i) => 1 - i / 1000);
		const moments = melody('trainingError', [curve(falling)], 1000, 90);
		expect(moments).toHaveLength(90);
		expect(moments.at(-1)!.step).toBe(1000);
		const pitches = moments.map(({ tones }) => tones[0].frequency!);
		expect(pitches).toEqual(pitches.toSorted((a, b) => b - a));
	});

	it('never loses a value that is not finite', () => {
		const values = Array.from({ length: 1000 }, (_, i) => (i === 501 ? Infinity : 1));
		const moments = melody('loss', [curve(values)], 1000, 90);
		const odd = moments.filter(({ tones }) => tones[0].frequency === null);
		expect(odd.map(({ step }) => step)).toEqual([511]);
	});

	it('is silent between the points of a sparse curve and after a stop', () => {
		const sparse = { ...curve([]), column: { steps: [50, 100], values: [0.5, 0.4] } };
		const stopped = curve([1, 1, 1, 1], { lane: 1, stop: 4 });
		const moments = melody('testError', [sparse, stopped], 100, 50);
		const heard = (lane: number) =>
			moments.flatMap(({ step, tones }) =>
				tones.flatMap((tone) => (tone.lane === lane ? [[step, tone.frequency !== null]] : []))
			);
		expect(heard(0)).toEqual([
			[50, true],
			[100, true]
		]);
		expect(heard(1)).toEqual([
			[2, true],
			[4, false]
		]);
	});

	it('has no moments before the first step', () => {
		expect(melody('loss', [curve([])], 0, 90)).toEqual([]);
	});
});
