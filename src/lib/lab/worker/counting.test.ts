import { expect, it } from 'vitest';
import { Counting } from './counting';

/** The steps that count in a run whose usual step takes 10 ms, and the share of its time that counting takes. */
function run(steps: number, countMs: number, compileMs = 0) {
	const counting = new Counting();
	const counted: number[] = [];
	for (let step = 1; step <= steps; step++) {
		const due = counting.isDue(step);
		if (due) counted.push(step);
		const extra = due ? countMs + (counted.length === 1 ? compileMs : 0) : 0;
		counting.took(step, 10 + extra, due);
	}
	// Without the first, for which the device compiles, and the last, whose pause has not passed.
	const extra = Math.max(0, counted.length - 2) * countMs;
	return { counted, share: extra / (10 * steps + extra) };
}

it('counts are fewer, the more steps there are', () => {
	const { counted } = run(10_000, 1);
	expect(counted.slice(0, 3)).toEqual([10, 20, 30]);
	expect(counted.slice(19, 22)).toEqual([200, 220, 240]);
	expect(counted.length).toBeLessThan(85);
});

it('counts take at most a twentieth of the time, whatever one takes', () => {
	for (const countMs of [0, 5, 10, 31, 70, 100])
		for (const steps of [200, 1000, 5000])
			expect(run(steps, countMs, 300).share).toBeLessThanOrEqual(0.05);
	expect(run(300, 31, 300).counted).toEqual([10, 20, 90, 160, 240]);
});

it('one that takes very long, as when the lid was closed, stops counting only for a while', () => {
	const { counted } = run(1000, 3_600_000);
	expect(counted).toEqual([10, 20, 220, 440, 640, 880]);
});
