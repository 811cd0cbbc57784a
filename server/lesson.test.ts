import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { found, jobsIn, progress } from '../src/lib/class/jobs';
import { jobsOf } from '../src/lib/class/grid';
import { SMALL_GRID } from '../src/lib/class/testing';
import { LIMITS } from '../src/lib/class/protocol';
import { Classroom, pause, until } from './classroom';

describe('a lesson in a room', () => {
	const classroom = new Classroom(6000);
	beforeAll(() => classroom.open(3));
	afterAll(() => classroom.close());
	const memberOf = (i: number) => classroom.teacher.state.room.members.get(classroom.pupils[i].id);
	const stageOf = (i: number) => classroom.pupils[i].room.state.stage;

	it('shows the same set-up to all, also to those who come or come back later', async () => {
		const { teacher, pupils } = classroom;
		teacher.push('lab/?preset=degradation&depth=20');
		teacher.hide(['findings']);
		await until(() => pupils.every((_, i) => stageOf(i).hidden.length === 1));
		pupils[2].reload();
		await until(() => stageOf(2).setup?.address === 'lab/?preset=degradation&depth=20');
		const { setup, start } = stageOf(2);
		expect(start).toBeNull();
		expect(setup).toEqual(stageOf(0).setup);
		expect(() => teacher.push('https://evil.example/')).toThrow('page of the app');
	});

	it('starts all together, and a reload does not start again', async () => {
		const { teacher, pupils } = classroom;
		teacher.start();
		await until(() => pupils.every((_, i) => stageOf(i).start !== null));
		const start = stageOf(0).start ?? '';
		expect(pupils[0].room.follows(start)).toBe(true);
		pupils[0].reload();
		await until(() => stageOf(0).start === start);
		expect(pupils[0].room.follows(start)).toBe(false);
		expect(pupils[1].room.follows(start)).toBe(true);
	});

	it('takes votes twice, and shows them when the teacher says so', async () => {
		const { teacher, pupils } = classroom;
		teacher.ask({ text: 'Which one learns?', choices: ['plain', 'residual'] });
		await until(() => pupils.every((_, i) => stageOf(i).question?.open === 'before'));
		const question = stageOf(0).question?.id ?? '';
		const vote = (i: number, phase: 'before' | 'after', choice: number) =>
			pupils[i].room.tell({ kind: 'vote', question, phase, choice });
		vote(0, 'before', 0);
		vote(1, 'before', 0);
		vote(2, 'before', 1);
		teacher.openVote('after');
		vote(0, 'after', 1);
		await classroom.settled();
		expect(stageOf(1).question?.shown).toBeNull();
		teacher.showVotes(true);
		await until(() => stageOf(1).question?.shown !== null);
		expect(stageOf(1).question).toMatchObject({
			open: 'after',
			shown: { before: [2, 1], after: [0, 1] }
		});
	});

	it('knows names, also those with nothing to see, and keeps them over a gap', async () => {
		const { pupils } = classroom;
		pupils[0].room.tell({ kind: 'name', name: 'Ann\u202e' });
		pupils[1].room.tell({ kind: 'name', name: '\u200b' });
		await classroom.settled();
		expect(memberOf(0)?.name).toBe('Ann');
		expect(memberOf(1)?.name).toBeNull();
		expect(pupils.map(({ room }) => room.state.name)).toEqual(['Ann', null, null]);
		pupils[0].reload();
		expect(pupils[0].room.state.name).toBe('Ann');
		await until(() => pupils[0].room.state.teacher);
	});

	it('hands a record over whole, again after a gap, and says where there is none', async () => {
		const { teacher, pupils, records, network } = classroom;
		// Random digits, so that it does not fit into one part when it is packed.
		const digits = Array.from({ length: 12_000 }, () => Math.random()).join();
		records.set('r', digits);
		const asked = teacher.record(pupils[0].id, 'r');
		await pause(LIMITS.partEveryMs * 1.5);
		network.cut();
		network.mend();
		const stream = (await asked).stream().pipeThrough(new DecompressionStream('gzip'));
		expect(await new Response(stream).text()).toBe(digits);
		await expect(teacher.record(pupils[1].id, 'none')).rejects.toThrow('no-run');
	});

	it('deals a sweep to those who offer their machines, and has all results in the end', async () => {
		const { teacher, pupils } = classroom;
		teacher.startSweep(SMALL_GRID);
		const offer = { kind: 'machine', takesJobs: true, backend: 'wasm', speed: 1e6 } as const;
		const jobs = jobsOf(SMALL_GRID);
		for (const { room } of pupils.slice(0, 2)) {
			let last = '';
			room.tell(offer);
			room.subscribe(({ desk: { job: dealt } }) => {
				const job = jobs.find(({ id }) => id === dealt?.id);
				if (!job || job.id === last) return;
				last = job.id;
				const lanes = [{ trainingError: 0.2, testError: 0.2 }];
				const result = { experiment: job.experimentId, backend: 'wasm', milliseconds: 0.01, lanes };
				room.tell({ kind: 'result', job: job.id, result });
			});
		}
		const sweep = () => teacher.state.room.sweep;
		await until(() => {
			const now = sweep();
			return now !== null && progress(now).accepted === jobsIn(now).length;
		});
		await classroom.settled();
		const done = sweep();
		expect(done && found(done)).toHaveLength(12);
		expect(done?.attempts.some(({ member }) => member === pupils[2].id)).toBe(false);
		await classroom.reloadTeacher();
		expect(classroom.teacher.state.room.sweep).toEqual(done);
	});

	it('sends a student away, and ends for all', async () => {
		const { teacher, pupils } = classroom;
		await until(() => teacher.state.status === 'open');
		teacher.remove(pupils[0].id);
		await until(() => pupils[0].room.state.status === 'refused');
		expect(pupils[0].room.state.refusal).toBe('removed');
		expect(pupils[0].memory.text).toBeNull();
		await teacher.end();
		await until(() => pupils[1].room.state.refusal === 'closed');
		await expect(classroom.reloadTeacher()).rejects.toThrow('not stored');
	});
});
