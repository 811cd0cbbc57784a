import { afterEach, describe, expect, it } from 'vitest';
import { standIn } from '$lib/lab/session/testing';
import type { Report } from '$lib/lab/worker/protocol';
import { jobsOf } from './grid';
import type { DealtJob, Told } from './protocol';
import { JobRunner } from './runner';
import { SMALL_GRID, studentWith } from './testing';
import type { StudentState } from './student';

const [first, second] = jobsOf(SMALL_GRID);
const dealt = ({ id, experiment, steps }: typeof first): DealtJob => ({ id, experiment, steps });

function startRunner() {
	/** All but progress, which is told by the clock. */
	const told: Told[] = [];
	const asked: number[] = [];
	const runs: (number | undefined)[] = [];
	let deal: (state: StudentState) => void = () => {};
	const worker = standIn({
		prepare: async (request) => void asked.push(request),
		run: async (until) => void runs.push(until)
	});
	const runner = new JobRunner(
		{
			tell: (message) => void (message.kind === 'working' || told.push(message)),
			subscribe: (listener) => ((deal = listener), () => {})
		},
		'http://localhost/',
		worker.create
	);
	closing.push(() => {
		runner.close();
		worker.close();
	});
	return {
		told,
		asked,
		runs,
		workers: worker.workers,
		report: worker.report,
		deal: (job: DealtJob | null) => deal(studentWith(job))
	};
}

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** As the worker trains a job to its end. */
function train(
	{ report, asked }: ReturnType<typeof startRunner>,
	job: typeof first,
	error: number
) {
	const lanes = [{ loss: 1, trainingError: error } as never];
	const { experiment } = job;
	report({ kind: 'backend', choice: { name: 'wasm', trials: [] } as never });
	report({ kind: 'ready', request: asked.at(-1) ?? 0, experiment } as Report);
	for (let step = 1; step <= job.steps; step++)
		report({ kind: 'steps', steps: [{ step, milliseconds: 4, lanes }] });
	report({
		kind: 'evaluation',
		evaluation: { lane: 0, step: job.steps, loss: 1, error, images: 1 }
	});
	report({ kind: 'running', running: false });
}

describe('a machine that takes jobs', () => {
	it('offers itself, trains what it is dealt, and tells the result with its speed', async () => {
		const machine = startRunner();
		expect(machine.told).toEqual([
			{ kind: 'machine', takesJobs: true, backend: null, speed: null }
		]);
		machine.deal(dealt(first));
		await expect.poll(() => machine.asked).toHaveLength(1);
		train(machine, first, 0.25);
		await expect.poll(() => machine.told).toHaveLength(3);
		await expect.poll(() => machine.runs).toEqual([first.steps]);
		expect(machine.told.slice(1)).toEqual([
			{ kind: 'machine', takesJobs: true, backend: 'wasm', speed: first.work / first.steps / 4 },
			{
				kind: 'result',
				job: first.id,
				result: {
					experiment: first.experimentId,
					backend: 'wasm',
					milliseconds: 4,
					lanes: [{ trainingError: 0.25, testError: 0.25 }]
				}
			}
		]);
		// The desk still has the job until the teacher's page has stored the result.
		machine.deal(dealt(first));
		expect(machine.asked).toHaveLength(1);
		machine.deal(dealt(second));
		await expect.poll(() => machine.asked).toHaveLength(2);
		expect(machine.workers()).toBe(1);
	});

	it('stops a job that is taken away', async () => {
		const machine = startRunner();
		machine.deal(dealt(first));
		await expect.poll(() => machine.asked).toHaveLength(1);
		machine.deal(null);
		train(machine, first, 0.25);
		machine.deal(dealt(second));
		await expect.poll(() => machine.asked).toHaveLength(2);
		expect(machine.workers()).toBe(2);
		expect(machine.told).toHaveLength(1);
	});

	it('tells why a job failed', async () => {
		const machine = startRunner();
		machine.deal(dealt(first));
		await expect.poll(() => machine.asked).toHaveLength(1);
		const failure = { code: 'engine', detail: 'no memory' } as const;
		machine.report({ kind: 'failure', request: 1, failure });
		await expect
			.poll(() => machine.told.at(-1))
			.toEqual({
				kind: 'failed',
				job: first.id,
				detail: 'engine: no memory'
			});
	});
});
