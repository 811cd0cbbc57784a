import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Classroom, pause, until } from './classroom';

const STUDENTS = 200;
/**
 * A silence of so many milliseconds ends a connection here. Pages in use wait longer; if this were shorter, a busy machine
 * on which all of them run would fall silent by itself.
 */
const SILENT_MS = 6000;

describe(`a room with ${STUDENTS} students`, () => {
	const classroom = new Classroom(SILENT_MS);
	beforeAll(() => classroom.open(STUDENTS));
	afterAll(() => classroom.close());

	it('shows all that they tell', async () => {
		await classroom.voteAll('a', 1000);
		await classroom.voteAll('b', 1000);
		await until(() => classroom.delays.length === 2 * STUDENTS);
		expect(classroom.lost()).toBe(0);
	});

	it('loses nothing when the server is restarted', async () => {
		const votes = classroom.voteAll('c', 600);
		await pause(200);
		await classroom.server.stop();
		await pause(200);
		await classroom.server.start();
		await votes;
		await classroom.settled();
		expect(classroom.lost()).toBe(0);
	});

	it("loses nothing when the teacher's page is reloaded", async () => {
		const { code } = classroom.teacher.state.room;
		const votes = classroom.voteAll('d', 600);
		await pause(300);
		await classroom.reloadTeacher();
		await votes;
		await classroom.settled();
		expect(classroom.teacher.state.room.code).toBe(code);
		expect(classroom.lost()).toBe(0);
	});

	it("loses nothing when students' pages are reloaded", async () => {
		const votes = classroom.voteAll('e', 600);
		await pause(300);
		for (const pupil of classroom.pupils.filter((_, i) => i % 5 === 0)) pupil.reload();
		await votes;
		await classroom.settled();
		expect(classroom.lost()).toBe(0);
		expect(classroom.teacher.state.room.members.size).toBe(STUDENTS);
	});

	it("loses nothing when both reload before the teacher's page has stored it", async () => {
		const [pupil] = classroom.pupils;
		pupil.vote('g');
		const { teacher } = classroom;
		await until(() => teacher.state.room.members.get(pupil.id)?.votes.g !== undefined);
		pupil.reload();
		await until(() => pupil.room.state.teacher);
		await classroom.reloadTeacher();
		await classroom.settled();
		expect(classroom.lost()).toBe(0);
	});

	it('loses nothing in a gap of the network', async () => {
		const votes = classroom.voteAll('f', 2000);
		await pause(300);
		classroom.network.cut();
		await pause(1.5 * SILENT_MS);
		expect(classroom.lost()).toBeGreaterThan(0);
		classroom.network.mend();
		await votes;
		await classroom.settled();
		expect(classroom.lost()).toBe(0);
	});
});
