import { sum } from 'd3';
import { describe, expect, it } from 'vitest';
import { filmFrames } from './frames';

describe('the frames of a film', () => {
	it.each([
		[3000, 10, 25, 251],
		[30, 10, 25, 30],
		[2, 5, 25, 2],
		[1, 5, 25, 1]
	])('of %i steps in %i s at %i frames a second are %i', (last, seconds, rate, count) => {
		const frames = filmFrames(last, seconds, rate);
		expect(frames).toHaveLength(count);
		expect(frames[0].step).toBe(1);
		expect(frames[count - 1]).toEqual({ step: last, seconds: 2 });
		expect(new Set(frames.map(({ step }) => step)).size).toBe(count);
		expect(sum(frames, (frame) => frame.seconds)).toBeCloseTo(last > 1 ? seconds + 2 : 2);
	});
});
