import { describe, expect, it } from 'vitest';
import { nothingDrawn } from '$lib/lab/record/prediction';
import { LIMITS, type Curve, type Told } from './protocol';
import {
	arrived,
	heard,
	isStuck,
	left,
	moves,
	newRoom,
	predictionsOf,
	STUCK_MS,
	tally
} from './teacher';
import type { Room } from './teacher';

const withMembers = (...ids: string[]) =>
	ids.reduce((room, id) => arrived(room, id, 0) ?? room, newRoom('BCDFGH'));

/** The room after these messages of one member, numbered from the next. */
const after = (room: Room, id: string, ...messages: Told[]): Room =>
	messages.reduce((before, told) => {
		const number = (before.members.get(id)?.number ?? 0) + 1;
		const next = heard(before, id, { number, after: number - 1, told }, 1000 * number);
		if (!next) throw new Error('a gap');
		return next;
	}, room);

const vote = (question: string, choice: number, phase: 'before' | 'after' = 'before'): Told => ({
	kind: 'vote',
	question,
	phase,
	choice
});

const curve = (run: string, steps: number[]): Curve => ({
	run,
	setup: null,
	steps,
	lanes: [{ title: 'plain', errors: steps.map(() => 0.5) }],
	done: false
});

describe('what the teacher knows of a room', () => {
	it('takes each message once, and none after a gap', () => {
		const room = withMembers('a');
		const told = vote('q', 1);
		const first = heard(room, 'a', { number: 1, after: 0, told }, 0);
		expect(first?.members.get('a')?.votes).toEqual({ q: { before: 1 } });
		expect(first && heard(first, 'a', { number: 1, after: 0, told: vote('q', 2) }, 0)).toBe(first);
		// Number 2 was replaced by 3 before it was sent.
		expect(
			first && heard(first, 'a', { number: 3, after: 1, told: vote('q', 2) }, 0)
		).not.toBeNull();
		// Number 2 was sent and is missing.
		expect(first && heard(first, 'a', { number: 3, after: 2, told }, 0)).toBeNull();
		expect(heard(room, 'nobody', { number: 1, after: 0, told }, 0)).toBeNull();
	});

	it('keeps what a student gave over leaving and coming back', () => {
		const room = after(withMembers('a', 'b'), 'a', { kind: 'name', name: 'Ann' }, vote('q', 1));
		const back = arrived(left(room, ['a'], 5), 'a', 9);
		expect(left(room, ['a'], 5).members.get('a')).toMatchObject({ leftAt: 5, name: 'Ann' });
		expect(back?.members.get('a')).toEqual(room.members.get('a'));
		expect(back?.members.get('b')?.place).toBe(2);
	});

	it('counts votes before and after the discussion, and who changed to what', () => {
		const question = { id: 'q', text: '', choices: ['x', 'y', 'z'], open: null, shown: null };
		let room = withMembers('a', 'b', 'c');
		room = after(room, 'a', vote('q', 0), vote('q', 2, 'after'));
		room = after(room, 'b', vote('q', 1), vote('q', 0), vote('q', 2, 'after'));
		room = after(room, 'c', vote('q', 5), vote('other', 1, 'after'));
		expect(tally(room, question, 'before')).toEqual([2, 0, 0]);
		expect(tally(room, question, 'after')).toEqual([0, 0, 2]);
		expect(moves(room, question)).toEqual([
			[0, 0, 2],
			[0, 0, 0],
			[0, 0, 0]
		]);
	});

	it('collects the predictions for a set-up', () => {
		const prediction = nothingDrawn(2, 100);
		const room = after(withMembers('a', 'b'), 'b', { kind: 'prediction', setup: 's', prediction });
		expect(predictionsOf(room, 's')).toEqual([prediction]);
		expect(predictionsOf(room, 't')).toEqual([]);
	});

	it('sees who has not got on for long', () => {
		const place: Told = { kind: 'place', page: 'lab', step: 1 };
		const room = after(withMembers('a'), 'a', place, place, {
			kind: 'curve',
			curve: curve('r', [10])
		});
		const stuckAfter = (room: Room, now: number) => {
			const member = room.members.get('a');
			return member && isStuck(member, now);
		};
		// The curve was the third message; the second told of the same place.
		expect(room.members.get('a')?.movedAt).toBe(3000);
		expect(stuckAfter(room, 3000 + STUCK_MS)).toBe(false);
		expect(stuckAfter(room, 3001 + STUCK_MS)).toBe(true);
		const same = after(room, 'a', { kind: 'curve', curve: curve('r', [10]) });
		expect(same.members.get('a')?.movedAt).toBe(3000);
		const grown = after(room, 'a', { kind: 'curve', curve: curve('r', [10, 20]) });
		expect(grown.members.get('a')?.movedAt).toBe(4000);
		expect(stuckAfter(left(room, ['a'], 5), 1e9)).toBe(false);
	});

	it('keeps no more of a student, and no more students, than its limits', () => {
		const told = Array.from({ length: 100 }, (_, i) => [
			vote(`q${i}`, 1),
			{ kind: 'curve', curve: curve(`r${i}`, [1]) } as const
		]).flat();
		const member = after(withMembers('a'), 'a', ...told).members.get('a');
		expect(Object.keys(member?.votes ?? {})).toHaveLength(LIMITS.votes);
		expect(Object.keys(member?.curves ?? {}).at(-1)).toBe('r99');
		expect(Object.keys(member?.curves ?? {})).toHaveLength(LIMITS.curves);
		let room = after(withMembers('a'), 'a', vote('q', 1));
		for (let i = 1; i < LIMITS.known; i++) room = arrived(room, `m${i}`, 0) ?? room;
		expect(arrived(room, 'one more', 0)).toBeNull();
		room = left(room, ['a', 'm7'], 0);
		const next = arrived(room, 'one more', 0);
		expect(next?.members.size).toBe(LIMITS.known);
		expect(next?.members.has('a')).toBe(true);
		expect(next?.members.has('m7')).toBe(false);
	});
});
