/**
 * A sweep dealt out to the machines of a room: who trains what, which results count, and what is left, as pure
 * functions of what has happened.
 */
import { group, median } from 'd3';
import { hashText } from '$lib/base/hashText';
import { REFERENCE_PACE } from '$lib/lab/experiment/pace';
import { LAST_STEPS } from '$lib/lab/studies/study';
import type { SweepAxis, SweepPoint, SweepRecord } from '$lib/lab/studies/sweep/record';
import { SWEEP_SETTINGS } from '$lib/lab/studies/sweep/settings';
import { jobsOf, type Axis, type Grid, type Job } from './grid';
import type { DealtJob, JobResult, Told } from './protocol';

/** A job on a machine. */
export interface Attempt {
	readonly job: string;
	readonly member: string;
	/** Milliseconds of the teacher's clock. */
	readonly dealtAt: number;
	readonly heardAt: number;
	readonly step: number;
	/** `back`: taken back from a machine that left, was silent, or was overtaken; its result still counts if it comes. */
	readonly state: 'working' | 'back' | 'done' | 'failed' | 'refused';
	readonly result: JobResult | null;
	/** Why it failed or was refused, in English. */
	readonly detail: string;
}

export interface Sweep {
	readonly grid: Grid;
	readonly paused: boolean;
	readonly attempts: readonly Attempt[];
}

/** A machine as the dealer sees it. */
export interface Machine {
	readonly member: string;
	/** When it left; null while it is here. */
	readonly leftAt: number | null;
	readonly takesJobs: boolean;
	/** Units of `stepWork` in a millisecond; null before it is measured. */
	readonly speed: number | null;
}

/** A machine that left keeps its job for so long, because most come back. */
const RETURNS_WITHIN_MS = 20_000;
/** Machines report every two seconds; loading images and compiling kernels may take longer. */
const SILENT_MS = 60_000;
/** One job in so many is repeated on a second machine. */
const CHECK_ONE_IN = 8;
/** A job that has failed on so many machines is given up. */
const MOST_FAILURES = 3;
/** Results of so many machines of which no two agree contradict each other. */
const MOST_RESULTS = 3;
/** An idle machine trains a job of another again if that needs so many times as long for the rest. */
const OVERTAKEN = 1.5;

/** The jobs of a grid, made once. */
const made = new WeakMap<Grid, readonly Job[]>();
export function jobsIn({ grid }: Sweep): readonly Job[] {
	let jobs = made.get(grid);
	if (!jobs) made.set(grid, (jobs = jobsOf(grid)));
	return jobs;
}

export const newSweep = (grid: Grid): Sweep => ({ grid, paused: false, attempts: [] });

export const jobFor = (sweep: Sweep, member: string): DealtJob | null => {
	if (sweep.paused) return null;
	const own = sweep.attempts.find((a) => a.member === member && a.state === 'working');
	const job = own && jobsIn(sweep).find(({ id }) => id === own.job);
	return job ? { id: job.id, experiment: job.experiment, steps: job.steps } : null;
};

type OfJob = Extract<Told, { kind: 'working' | 'failed' | 'result' }>;

/** A machine reports on a job. What it was not dealt is passed over. */
export function heardOfJob(sweep: Sweep, member: string, told: OfJob, now: number): Sweep {
	const open = (a: Attempt) =>
		a.job === told.job && a.member === member && (a.state === 'working' || a.state === 'back');
	const index = sweep.attempts.findLastIndex(open);
	const job = jobsIn(sweep).find(({ id }) => id === told.job);
	if (index < 0 || !job) return sweep;
	const attempt = { ...sweep.attempts[index], heardAt: now };
	const next = ((): Attempt => {
		switch (told.kind) {
			case 'working':
				return { ...attempt, step: told.step };
			case 'failed':
				return { ...attempt, state: 'failed', detail: told.detail };
			case 'result': {
				const detail = implausible(told.result, job, now - attempt.dealtAt);
				const state = detail === null ? 'done' : 'refused';
				return { ...attempt, state, result: told.result, step: job.steps, detail: detail ?? '' };
			}
		}
	})();
	return { ...sweep, attempts: sweep.attempts.with(index, next) };
}

/** Why a result cannot be true, in English; null if it can. Errors are within 0…1 by the schema. */
function implausible(
	{ experiment, lanes, milliseconds }: JobResult,
	job: Job,
	elapsed: number
): string | null {
	if (experiment !== job.experimentId)
		return `experiment ${experiment}: expected ${job.experimentId}`;
	if (lanes.length !== 1) return `${lanes.length} networks: expected 1`;
	// A clock that is a little off and rounded steps are allowed for.
	if (milliseconds * job.steps > elapsed * 1.1 + 1000)
		return `${job.steps} steps of ${milliseconds} ms: ${elapsed} ms have passed`;
	return null;
}

/** What the results of a job say together. */
export interface Verdict {
	/**
	 * - `open`: no result yet - `accepted`: its results stand - `checking`: one result, to be repeated by another machine -
	 * `disputed`: two differ, and a third decides - `contradicted`: no two of them agree - `failed`: given up
	 */
	readonly state: 'open' | 'accepted' | 'checking' | 'disputed' | 'contradicted' | 'failed';
	/** The result that counts: never a mean of several. Null where they contradict each other. */
	readonly result: JobResult | null;
}

/** Two results agree within so many standard deviations, and within so many points, 0…1. */
const AGREES = { deviations: 6, points: 0.02 };

/**
 * Whether two machines agree. Backends and processors round differently, and training enlarges the difference, most where
 * errors fall steeply. The measure is the standard deviation √(2p(1−p)/n) of the difference between the errors p of two
 * runs on n images drawn anew. Of the 70 networks of `docs/presets.json`, trained from the same start here and by PyTorch
 * in float64, two differed by more than 4 of these: plain-56, at step 100, by 4.7 and 4.9. On one backend and one kind of
 * processor the numbers are the same.
 */
export function agree(a: JobResult, b: JobResult, batch: number): boolean {
	const near = (x: number | null, y: number | null) => {
		if (x === null || y === null) return x === y;
		const p = (x + y) / 2;
		const deviation = Math.sqrt((2 * p * (1 - p)) / (LAST_STEPS * batch));
		return Math.abs(x - y) <= Math.max(AGREES.points, AGREES.deviations * deviation);
	};
	return a.lanes.every(({ trainingError }, lane) =>
		near(trainingError, b.lanes[lane].trainingError)
	);
}

/** Results of one job, from the first to the last, with their machines. */
type Results = readonly { readonly member: string; readonly result: JobResult }[];

/** The first result that another machine agrees with. */
const confirmed = (results: Results, batch: number): JobResult | null =>
	results.find(({ result }, i) =>
		results.some((other, k) => k !== i && agree(result, other.result, batch))
	)?.result ?? null;

/** Machines whose result two others have contradicted: all they find is repeated. */
function outvoted(sweep: Sweep, results: ReadonlyMap<string, Results>): Set<string> {
	const { batch } = sweep.grid.base.recipe;
	const found = [...results.values()].flatMap((own) => {
		const right = confirmed(own, batch);
		return right ? own.filter(({ result }) => !agree(result, right, batch)) : [];
	});
	return new Set(found.map(({ member }) => member));
}

const isChecked = (job: Job): boolean => hashText(`check ${job.id}`) % CHECK_ONE_IN === 0;

/** Verdicts by job. */
export function verdicts(sweep: Sweep): Map<string, Verdict> {
	const results = new Map<string, { member: string; result: JobResult }[]>();
	const failures = new Map<string, number>();
	for (const { job, member, state, result } of sweep.attempts) {
		if (state === 'done' && result)
			results.set(job, [...(results.get(job) ?? []), { member, result }]);
		if (state === 'failed' || state === 'refused') failures.set(job, (failures.get(job) ?? 0) + 1);
	}
	const suspects = outvoted(sweep, results);
	return new Map(
		jobsIn(sweep).map((job) => {
			const own = results.get(job.id) ?? [];
			const failed = (failures.get(job.id) ?? 0) >= MOST_FAILURES;
			return [job.id, verdict(own, failed)];

			function verdict(own: Results, failed: boolean): Verdict {
				const { batch } = job.experiment.recipe;
				if (!own.length) return { state: failed ? 'failed' : 'open', result: null };
				if (own.length === 1) {
					const [{ member, result }] = own;
					const alone = !isChecked(job) && !suspects.has(member);
					// A check that fails for other reasons does not make the result wrong.
					return { state: alone || failed ? 'accepted' : 'checking', result };
				}
				const result = confirmed(own, batch);
				if (result) return { state: 'accepted', result };
				const last = own.length >= MOST_RESULTS || failed;
				return { state: last ? 'contradicted' : 'disputed', result: null };
			}
		})
	);
}

/** Jobs done, being done again, contradicted and so on, for a bar of progress. */
export function progress(sweep: Sweep): { readonly [S in Verdict['state']]: number } & {
	readonly of: number;
} {
	const states = [...verdicts(sweep).values()].map(({ state }) => state);
	const count = (wanted: Verdict['state']) => states.filter((state) => state === wanted).length;
	return {
		open: count('open'),
		accepted: count('accepted'),
		checking: count('checking'),
		disputed: count('disputed'),
		contradicted: count('contradicted'),
		failed: count('failed'),
		of: states.length
	};
}

/** A combination of values with one seed, and what its result is; null where machines contradict each other. */
export interface Found {
	readonly values: Job['values'];
	readonly seed: number;
	readonly state: Verdict['state'];
	readonly result: JobResult | null;
}

/** All jobs that have a result or a dispute about it. */
export function found(sweep: Sweep): Found[] {
	const all = verdicts(sweep);
	return jobsIn(sweep).flatMap(({ id, values, seed }) => {
		const { state, result } = all.get(id) ?? { state: 'open' as const, result: null };
		return state === 'open' ? [] : [{ values, seed, state, result }];
	});
}

/**
 * The sweep as records have it, for the lab's pictures; null unless it compares plain and residual networks over one or
 * two numeric settings.
 */
export function asSweepRecord(sweep: Sweep): SweepRecord | null {
	const { axes, seeds, steps } = sweep.grid;
	const kinds = axes.findIndex(({ setting }) => setting === 'kind');
	const numeric = axes.filter(isNumeric);
	if (
		!axes[kinds]?.values.every((kind) => kind === 'none' || kind === 'A') ||
		!numeric.length ||
		numeric.length < axes.length - 1
	)
		return null;
	const points = found(sweep).flatMap(({ values, seed, result }): SweepPoint[] => {
		if (!result) return [];
		const [{ trainingError, testError }] = result.lanes;
		return [
			{
				values: values.filter((_, axis) => axis !== kinds).map(Number),
				seed,
				kind: values[kinds] === 'A' ? 'residual' : 'plain',
				trainingError,
				testError,
				// A point's time is that of both kinds, which cost about the same.
				milliseconds: 2 * result.milliseconds
			}
		];
	});
	return { spec: { axes: numeric, seeds, steps }, points };
}

const isNumeric = (axis: Axis): axis is SweepAxis => Object.hasOwn(SWEEP_SETTINGS, axis.setting);

/** A machine's speed: as its results here show, or else as it says. */
function speedOf({ speed }: Machine, own: readonly Attempt[], jobs: readonly Job[]): number {
	const shown = own.flatMap(({ job: id, state, result }) => {
		const job = state === 'done' ? jobs.find((each) => each.id === id) : undefined;
		return job && result?.milliseconds ? [job.work / job.steps / result.milliseconds] : [];
	});
	return median(shown) ?? speed ?? REFERENCE_PACE.work / REFERENCE_PACE.milliseconds;
}

/** Whether a machine fails more often than it succeeds: it gets no more jobs. */
function isBroken(own: readonly Attempt[]): boolean {
	const count = (...states: Attempt['state'][]) =>
		own.filter(({ state }) => states.includes(state)).length;
	return count('failed', 'refused') > 1 + count('done');
}

/** Takes jobs back from machines that have gone, are silent, or work on what is settled. */
function takenBack(sweep: Sweep, machines: readonly Machine[], now: number): Sweep {
	const settled = verdicts(sweep);
	const lost = ({ job, member, state, heardAt }: Attempt): boolean => {
		if (state !== 'working') return false;
		const machine = machines.find((each) => each.member === member);
		if (!machine?.takesJobs || now - heardAt > SILENT_MS) return true;
		if (machine.leftAt !== null && now - machine.leftAt > RETURNS_WITHIN_MS) return true;
		return ['accepted', 'contradicted', 'failed'].includes(settled.get(job)?.state ?? '');
	};
	if (!sweep.attempts.some(lost)) return sweep;
	return {
		...sweep,
		attempts: sweep.attempts.map((a): Attempt => (lost(a) ? { ...a, state: 'back' } : a))
	};
}

/**
 * Deals jobs to all machines that have none, the fastest first. The first seed comes before the others, so that there is
 * a curve early. A machine gets the largest job that it can do in the time in which all machines together do the rest;
 * so slow ones get small jobs, and none is waited for long at the end.
 */
export function deal(before: Sweep, machines: readonly Machine[], now: number): Sweep {
	if (before.paused) return before;
	const sweep = takenBack(before, machines, now);
	const jobs = jobsIn(sweep);
	const byMember = group(sweep.attempts, ({ member }) => member);
	const byJob = group(sweep.attempts, ({ job }) => job);
	const ownOf = (member: string) => byMember.get(member) ?? [];
	const speeds = new Map(
		machines.map((machine) => [machine.member, speedOf(machine, ownOf(machine.member), jobs)])
	);
	const speed = (member: string) => speeds.get(member) ?? 1;
	const here = machines.filter(({ leftAt, takesJobs }) => leftAt === null && takesJobs);
	const idle = here
		.filter(({ member }) => !ownOf(member).some(({ state }) => state === 'working'))
		.filter(({ member }) => !isBroken(ownOf(member)))
		.sort((a, b) => speed(b.member) - speed(a.member));
	if (!idle.length) return sweep;
	const total = here.reduce((sum, { member }) => sum + speed(member), 0);
	const all = verdicts(sweep);
	const stateOf = ({ id }: Job) => all.get(id)?.state ?? 'open';
	const attemptsOf = ({ id }: Job) => byJob.get(id) ?? [];
	const dealt: Attempt[] = [];
	for (const { member } of idle) {
		const fresh = jobs.filter((job) =>
			attemptsOf(job).every((a) => a.member !== member || a.state === 'back')
		);
		const job = fitting(fresh.filter(isWanting), speed(member)) ?? overtaken(fresh, speed(member));
		if (!job) continue;
		const attempt: Attempt = {
			job: job.id,
			member,
			dealtAt: now,
			heardAt: now,
			step: 0,
			state: 'working',
			result: null,
			detail: ''
		};
		dealt.push(attempt);
		byJob.set(job.id, [...attemptsOf(job), attempt]);
	}
	return dealt.length ? { ...sweep, attempts: [...sweep.attempts, ...dealt] } : sweep;

	/** Whether a job needs another machine. */
	function isWanting(job: Job): boolean {
		const taken = attemptsOf(job).filter(({ state }) => state === 'working' || state === 'done');
		return taken.length < RESULTS_WANTED[stateOf(job)];
	}

	/** The job that fits a machine of this speed. */
	function fitting(wanting: readonly Job[], speed: number): Job | undefined {
		const rest = wanting.reduce((sum, { work }) => sum + work, 0) / total;
		// What nobody has done yet comes before checks.
		const open = wanting.filter((job) => stateOf(job) === 'open');
		const from = open.length ? open : wanting;
		const first = Math.min(...from.map(({ seed }) => seed));
		const sorted = from.filter(({ seed }) => seed === first).sort((a, b) => b.work - a.work);
		return sorted.find(({ work }) => work / speed <= rest) ?? sorted.at(-1);
	}

	/** A job on one other machine, which needs much longer for the rest than a machine of this speed for all of it. */
	function overtaken(fresh: readonly Job[], mine: number): Job | undefined {
		return fresh.find((job) => {
			const [other, another] = attemptsOf(job).filter(({ state }) => state === 'working');
			if (!other || another || !RESULTS_WANTED[stateOf(job)]) return false;
			const rest = (job.work * (1 - other.step / job.steps)) / speed(other.member);
			return rest > (OVERTAKEN * job.work) / mine;
		});
	}
}

/** How many results a job needs in each state. */
const RESULTS_WANTED = {
	open: 1,
	checking: 2,
	disputed: 3,
	accepted: 0,
	contradicted: 0,
	failed: 0
} satisfies { [S in Verdict['state']]: number };
