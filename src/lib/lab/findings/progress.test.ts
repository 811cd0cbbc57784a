import { describe, expect, it } from 'vitest';
import { History } from '../record/history';
import { PRESETS } from '../experiment/presets';
import { progressOf } from './progress';
import { toldRun } from './testing';

/** A history whose networks have the given training errors, by step. */
function historyWith(...errors: readonly ((step: number) => number)[]) {
	const { history } = toldRun(PRESETS.degradation(8), [{}], 1);
	const [{ lanes }] = history.steps;
	const made = (steps: number) => {
		const run = new History(errors.length);
		run.addSteps(
			Array.from({ length: steps }, (_, i) => ({
				step: i + 1,
				milliseconds: 1,
				lanes: errors.map((error) => ({ ...lanes[0]!, trainingError: error(i + 1) }))
			}))
		);
		return run;
	};
	return made;
}

describe('the progress of networks', () => {
	const made = historyWith(
		(step) => 0.9 - 0.001 * step,
		(step) => 0.2 + 0.001 * step,
		(step) => 0.5 + 0.02 * (step % 2)
	);

	it('has the mean of the last 20 steps', () => {
		const [falling, rising, steady] = progressOf(made(200));
		expect(falling.error).toBeCloseTo(0.9 - 0.001 * 190.5, 10);
		expect(rising.error).toBeCloseTo(0.2 + 0.001 * 190.5, 10);
		expect(steady.error).toBeCloseTo(0.51, 10);
	});

	it('falls or rises by more than the noise of batches within 100 steps', () => {
		expect(progressOf(made(200)).map(({ trend }) => trend)).toEqual([
			'falling',
			'rising',
			'steady'
		]);
		// 0.001 a step: 0.03 is not more than 0.04, 0.041 is.
		expect(progressOf(made(50))[0].trend).toBe('steady');
		expect(progressOf(made(61))[0].trend).toBe('falling');
	});

	it('has no trend before there are two means, and no error before the first step', () => {
		expect(progressOf(made(39))[0].trend).toBeNull();
		expect(progressOf(made(0))[0]).toEqual({ error: NaN, trend: null, stop: null });
	});

	it('says where a network has stopped', () => {
		const run = made(60);
		run.addEvent({ kind: 'not-finite', step: 50, lane: 1, where: null });
		expect(progressOf(run).map(({ stop }) => stop)).toEqual([null, 50, null]);
	});
});
