import { describe, expect, it } from 'vitest';
import {
	agree,
	asSweepRecord,
	deal,
	found,
	heardOfJob,
	jobFor,
	jobsIn,
	newSweep,
	progress,
	verdicts,
	type Machine,
	type Sweep
} from './jobs';
import { checked } from '$lib/base/checked';
import { gridSchema, jobsOf, type Job } from './grid';
import type { JobResult } from './protocol';
import { SMALL_GRID } from './testing';

const machine = (member: string, change: Partial<Machine> = {}): Machine => ({
	member,
	leftAt: null,
	takesJobs: true,
	speed: 1000,
	...change
});

/** A result that a sound machine could have found within the time that has passed. */
const resultOf = (job: Job, change: Partial<JobResult['lanes'][number]> = {}): JobResult => ({
	experiment: job.experimentId,
	backend: 'wasm',
	milliseconds: 1,
	lanes: [{ trainingError: 0.3, testError: 0.35, ...change }]
});

const jobOf = (sweep: Sweep, member: string): Job => {
	const dealt = jobFor(sweep, member);
	const job = jobsIn(sweep).find(({ id }) => id === dealt?.id);
	if (!job) throw new Error(`${member} has no job`);
	return job;
};

const finish = (sweep: Sweep, member: string, now: number, change = {}): Sweep => {
	const job = jobOf(sweep, member);
	const told = { kind: 'result', job: job.id, result: resultOf(job, change) } as const;
	return heardOfJob(sweep, member, told, now);
};

const NAMES = ['a', 'b', 'c', 'd'];

/** Deals and finishes until nothing is left. */
function doAll(
	sweep: Sweep,
	machines: readonly Machine[],
	changeOf: (member: string, job: Job) => object = () => ({})
): Sweep {
	let now = 0;
	for (let round = 0; round < 200; round++) {
		sweep = deal(sweep, machines, now);
		now += 10_000;
		const busy = machines.filter(({ member }) => jobFor(sweep, member));
		if (!busy.length) return sweep;
		for (const { member } of busy)
			sweep = finish(sweep, member, now, changeOf(member, jobOf(sweep, member)));
	}
	throw new Error('the sweep does not end');
}

describe('a sweep dealt to the machines of a room', () => {
	it('gives each machine one job, no two the same, of the first seed first', () => {
		const sweep = deal(
			newSweep(SMALL_GRID),
			NAMES.map((name) => machine(name)),
			0
		);
		const jobs = NAMES.map((name) => jobOf(sweep, name));
		expect(new Set(jobs).size).toBe(4);
		expect(jobs.every(({ seed }) => seed === 1)).toBe(true);
		// Nothing changes until one is done.
		expect(
			deal(
				sweep,
				NAMES.map((name) => machine(name)),
				1
			)
		).toBe(sweep);
	});

	it('gives large jobs to fast machines and small ones to slow machines', () => {
		const machines = [machine('slow', { speed: 50 }), machine('fast', { speed: 5000 })];
		const sweep = deal(newSweep(SMALL_GRID), machines, 0);
		expect(jobOf(sweep, 'fast').values[0]).toBe(56);
		expect(jobOf(sweep, 'slow').values[0]).toBe(8);
	});

	it('believes the results rather than what a machine says of its speed', () => {
		const machines = [machine('slow', { speed: 1e9 }), machine('fast', { speed: 1e9 })];
		let sweep = deal(newSweep(SMALL_GRID), machines, 0);
		for (const { member } of machines) {
			const job = jobOf(sweep, member);
			const milliseconds = member === 'slow' ? 5000 : 1;
			const result = { ...resultOf(job), milliseconds };
			sweep = heardOfJob(sweep, member, { kind: 'result', job: job.id, result }, 1e6);
		}
		sweep = deal(sweep, machines, 1e6);
		expect(jobOf(sweep, 'slow').work).toBeLessThan(jobOf(sweep, 'fast').work);
	});

	it('takes a job back from a machine that leaves, is silent or takes none any more', () => {
		const first = deal(newSweep(SMALL_GRID), [machine('a'), machine('b')], 0);
		const job = jobOf(first, 'a');
		const has = (a: Partial<Machine>, now: number) =>
			jobFor(deal(first, [machine('a', a), machine('b')], now), 'a')?.id === job.id;
		expect(has({ leftAt: 1000 }, 2000)).toBe(true);
		expect(has({ leftAt: 1000 }, 40_000)).toBe(false);
		expect(has({}, 50_000)).toBe(true);
		expect(has({ takesJobs: false }, 1)).toBe(false);
		const silent = deal(first, [machine('a'), machine('b'), machine('c')], 70_000);
		expect(silent.attempts.filter(({ state }) => state === 'back')).toHaveLength(2);
		const told = { kind: 'working', job: job.id, step: 5 } as const;
		const alive = deal(heardOfJob(first, 'a', told, 60_000), [machine('a')], 70_000);
		expect(jobFor(alive, 'a')?.id).toBe(job.id);
	});

	it('counts a result that comes after its job was taken back', () => {
		const machines = [machine('a', { leftAt: 0 }), machine('b')];
		const first = deal(newSweep(SMALL_GRID), [machine('a'), machine('b')], 0);
		const job = jobOf(first, 'a');
		const later = deal(first, machines, 40_000);
		const told = { kind: 'result', job: job.id, result: resultOf(job) } as const;
		const back = heardOfJob(later, 'a', told, 50_000);
		expect(verdicts(back).get(job.id)?.result).toEqual(told.result);
	});

	it('lets an idle machine train the job of a much slower one, and whoever is first counts', () => {
		const grid = { ...SMALL_GRID, axes: [{ setting: 'depth', values: [56] }], seeds: 1 } as const;
		const machines = [machine('slow', { speed: 10 }), machine('fast', { speed: 5000 })];
		const first = deal(newSweep(grid), [machines[0]], 0);
		const both = deal(first, machines, 5000);
		expect(jobFor(both, 'fast')?.id).toBe(jobFor(both, 'slow')?.id);
		const done = deal(finish(both, 'fast', 20_000), machines, 20_000);
		expect(jobFor(done, 'slow')).toBeNull();
		expect(progress(done)).toMatchObject({ accepted: 1, of: 1 });
	});

	it('does every job, and repeats some of them on another machine', () => {
		const sweep = doAll(
			newSweep(SMALL_GRID),
			NAMES.map((name) => machine(name))
		);
		expect(progress(sweep)).toMatchObject({ accepted: 12, of: 12, open: 0 });
		const repeated = sweep.attempts.length - 12;
		expect(repeated).toBeGreaterThan(0);
		expect(repeated).toBeLessThan(6);
		for (const job of jobsIn(sweep)) {
			const own = sweep.attempts.filter((attempt) => attempt.job === job.id);
			expect(new Set(own.map(({ member }) => member)).size).toBe(own.length);
		}
	});

	it('does all of it on one machine alone, which nobody can check', () => {
		const sweep = doAll(newSweep(SMALL_GRID), [machine('a')]);
		expect(found(sweep).filter(({ result }) => result)).toHaveLength(12);
		expect(progress(sweep).checking).toBeGreaterThan(0);
	});

	it('outvotes a machine that finds what others do not, and repeats all that it has found', () => {
		const wrong = (member: string) => (member === 'b' ? { trainingError: 0.9 } : {});
		const machines = NAMES.map((name) => machine(name));
		// Enough jobs that some of this machine's are checked.
		const sweep = doAll(newSweep({ ...SMALL_GRID, seeds: 5 }), machines, wrong);
		expect(sweep.attempts.some(({ member }) => member === 'b')).toBe(true);
		expect(found(sweep).map(({ result }) => result?.lanes[0].trainingError)).toEqual(
			Array(30).fill(0.3)
		);
	});

	it('marks results of which no two agree, and takes no mean of them', () => {
		const errors: Record<string, number> = { a: 0.1, b: 0.4, c: 0.9 };
		const sweep = doAll(
			newSweep({ ...SMALL_GRID, seeds: 5 }),
			Object.keys(errors).map((name) => machine(name)),
			(member) => ({ trainingError: errors[member] })
		);
		const contradicted = found(sweep).filter(({ state }) => state === 'contradicted');
		expect(contradicted.length).toBeGreaterThan(0);
		expect(contradicted.every(({ result }) => result === null)).toBe(true);
	});

	it('refuses what cannot be true', () => {
		const sweep = deal(newSweep(SMALL_GRID), [machine('a')], 0);
		const job = jobOf(sweep, 'a');
		const after = (result: JobResult, now = 10_000) => {
			const told = { kind: 'result', job: job.id, result } as const;
			return heardOfJob(sweep, 'a', told, now).attempts[0];
		};
		const good = resultOf(job);
		expect(after(good).state).toBe('done');
		expect(after({ ...good, experiment: 'other' }).detail).toContain(job.experimentId);
		expect(after({ ...good, milliseconds: 1000 }).state).toBe('refused');
		expect(after({ ...good, lanes: [...good.lanes, ...good.lanes] }).state).toBe('refused');
		// A job that it was not dealt.
		const other = jobsIn(sweep).find(({ id }) => id !== job.id)?.id ?? '';
		const told = { kind: 'result', job: other, result: good } as const;
		expect(heardOfJob(sweep, 'a', told, 1)).toBe(sweep);
		expect(heardOfJob(sweep, 'b', { ...told, job: job.id }, 1)).toBe(sweep);
	});

	it('gives up a job that fails everywhere, and deals no more to a machine on which all fails', () => {
		const machines = NAMES.map((name) => machine(name));
		let sweep = newSweep(SMALL_GRID);
		for (let i = 0; i < 40; i++) {
			sweep = deal(sweep, machines, i);
			for (const { member } of machines) {
				const job = jobFor(sweep, member)?.id;
				if (job) sweep = heardOfJob(sweep, member, { kind: 'failed', job, detail: 'x' }, i);
			}
		}
		expect(sweep.attempts).toHaveLength(2 * machines.length);
		expect(deal(sweep, machines, 100)).toBe(sweep);
	});

	it('deals nothing while it is paused', () => {
		const sweep = { ...deal(newSweep(SMALL_GRID), [machine('a')], 0), paused: true };
		expect(jobFor(sweep, 'a')).toBeNull();
		expect(deal(sweep, [machine('a'), machine('b')], 0)).toBe(sweep);
	});

	it('becomes the sweep of a record where it compares plain and residual networks by depth', () => {
		const sweep = doAll(
			newSweep(SMALL_GRID),
			NAMES.map((name) => machine(name))
		);
		const record = asSweepRecord(sweep);
		expect(record?.spec).toEqual({
			axes: [{ setting: 'depth', values: [8, 20, 56] }],
			seeds: 2,
			steps: 100
		});
		expect(record?.points).toHaveLength(12);
		expect(record?.points[1]).toMatchObject({ values: [8], kind: 'residual', seed: 1 });
		const axes = [{ setting: 'width', values: [8] }] as const;
		expect(asSweepRecord(newSweep({ ...SMALL_GRID, axes }))).toBeNull();
	});

	it('deals every combination of two settings and the kind, and becomes the sweep of a map', () => {
		const depths = { setting: 'depth', values: [8, 14] } as const;
		const widths = { setting: 'width', values: [4, 8] } as const;
		const grid = checked(gridSchema, {
			...SMALL_GRID,
			axes: [depths, { setting: 'kind', values: ['none', 'A'] }, widths],
			seeds: 1
		});
		const jobs = jobsOf(grid);
		expect(new Set(jobs.map(({ id }) => id)).size).toBe(8);
		expect(new Set(jobs.map(({ experimentId }) => experimentId)).size).toBe(8);
		expect(jobs[3]).toMatchObject({ id: '0-1-1-1', values: [8, 'A', 8] });
		expect(jobs[3].experiment.lanes).toMatchObject([
			{ network: { depth: 8, width: 8, shortcut: 'A' } }
		]);
		const machines = NAMES.map((name) => machine(name));
		const record = asSweepRecord(doAll(newSweep(grid), machines));
		expect(record?.spec.axes).toEqual([depths, widths]);
		expect(record?.points).toHaveLength(8);
		expect(record?.points[3]).toMatchObject({ values: [8, 8], kind: 'residual' });
		const plain = grid.axes.filter(({ setting }) => setting !== 'kind');
		expect(asSweepRecord(newSweep({ ...grid, axes: plain }))).toBeNull();
		const { axes: _, ...others } = grid;
		const refused = (axes: unknown) =>
			expect(() => checked(gridSchema, { ...others, axes })).toThrow(/axes|each setting once/);
		refused([depths, depths]);
		refused([...grid.axes, { setting: 'batch', values: [8] }]);
		refused([{ setting: 'width', values: [1e9] }]);
		refused([{ setting: '__proto__', values: [8] }]);
	});

	it('names jobs over one or two settings as earlier versions did, whose rooms are restored', () => {
		expect(jobsOf(SMALL_GRID)[1].id).toBe('0-1-1');
		const axes = [{ setting: 'depth', values: [8, 20] }] as const;
		expect(jobsOf({ ...SMALL_GRID, axes })[1].id).toBe('1-0-1');
	});
});

describe('two machines', () => {
	const result = (trainingError: number | null): JobResult => ({
		experiment: 'e',
		backend: 'wasm',
		milliseconds: 1,
		lanes: [{ trainingError, testError: null }]
	});

	it('agree within what rounding can do, and not beyond', () => {
		expect(agree(result(0.3), result(0.3), 64)).toBe(true);
		// The largest difference from PyTorch in docs/presets.json.
		expect(agree(result(0.64453), result(0.73438), 64)).toBe(true);
		expect(agree(result(0.3), result(0.42), 64)).toBe(false);
		expect(agree(result(0.001), result(0.015), 64)).toBe(true);
		expect(agree(result(null), result(null), 64)).toBe(true);
		expect(agree(result(null), result(0.3), 64)).toBe(false);
	});
});
