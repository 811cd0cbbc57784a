/** A dealt job in a real training worker: what the teacher's page checks of its result fits what a machine tells. */
import { expect, it } from 'vitest';
import { deal, found, heardOfJob, jobFor, newSweep, type Sweep } from './jobs';
import type { Told } from './protocol';
import { JobRunner } from './runner';
import { SMALL_GRID, studentWith } from './testing';

it('trains a job, and its result is accepted', async () => {
	const machine = { member: 'm', leftAt: null, takesJobs: true, speed: null };
	const axes = [{ setting: 'depth', values: [8] }] as const;
	let sweep: Sweep = newSweep({ ...SMALL_GRID, axes, seeds: 1, steps: 5 });
	sweep = deal(sweep, [machine], Date.now());
	const told: Told[] = [];
	const state = studentWith(jobFor(sweep, 'm'));
	const runner = new JobRunner(
		{
			tell: (message) => {
				told.push(message);
				if (message.kind === 'working' || message.kind === 'result' || message.kind === 'failed')
					sweep = heardOfJob(sweep, 'm', message, Date.now());
			},
			subscribe: (listener) => (listener(state), () => {})
		},
		`${location.origin}/data/`
	);
	await expect.poll(() => found(sweep)).toHaveLength(1);
	runner.close();
	const [{ result }] = found(sweep);
	expect(result?.lanes[0].trainingError).toBeGreaterThan(0.2);
	expect(result?.lanes[0].testError).not.toBeNull();
	expect(told.filter(({ kind }) => kind === 'machine').at(1)).toMatchObject({
		takesJobs: true,
		backend: result?.backend,
		speed: expect.any(Number)
	});
});
