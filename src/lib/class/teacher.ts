/**
 * What the teacher's page knows of a room, and how each thing that happens changes it: pure functions. This is the only
 * truth about a room; the server has none.
 */
import type { Prediction } from '$lib/lab/record/prediction';
import { heardOfJob, type Sweep } from './jobs';
import {
	EMPTY_STAGE,
	LIMITS,
	type Curve,
	type Phase,
	type Question,
	type Stage,
	type Told
} from './protocol';

export interface Member {
	readonly id: string;
	readonly name: string | null;
	/** A number to call a student without a name by, in the order of arrival from 1. */
	readonly place: number;
	/** When the student left, in milliseconds of the teacher's clock; null while here. */
	readonly leftAt: number | null;
	/** Number of the latest message. */
	readonly number: number;
	/** The page and step where the student is. */
	readonly where: { readonly page: string; readonly step: number | null } | null;
	/** When the student last got on: another place, a prediction, a vote, a run that grows. */
	readonly movedAt: number;
	readonly machine: {
		readonly takesJobs: boolean;
		readonly backend: string | null;
		readonly speed: number | null;
	};
	/** By set-up. */
	readonly predictions: Readonly<Record<string, Prediction>>;
	/** Choices by question. */
	readonly votes: Readonly<Record<string, { readonly [P in Phase]?: number }>>;
	/** By run; the latest last. */
	readonly curves: Readonly<Record<string, Curve>>;
}

export interface Room {
	readonly code: string;
	readonly stage: Stage;
	readonly members: ReadonlyMap<string, Member>;
	readonly sweep: Sweep | null;
	/** Number of members that there have ever been. */
	readonly counted: number;
}

export const newRoom = (code: string): Room => ({
	code,
	stage: EMPTY_STAGE,
	members: new Map(),
	sweep: null,
	counted: 0
});

const withMember = (room: Room, member: Member): Room => ({
	...room,
	members: new Map(room.members).set(member.id, member)
});

const hasGiven = ({ predictions, votes, curves }: Member) =>
	[predictions, votes, curves].some((given) => Object.keys(given).length);

/**
 * A student connects, for the first time or again. A room that knows as many as it can forgets who has gone and has given
 * nothing; null if there is no such student.
 */
export function arrived(room: Room, id: string, now: number): Room | null {
	const known = room.members.get(id);
	if (known) return withMember(room, { ...known, leftAt: null });
	if (room.members.size >= LIMITS.known) {
		const idle = [...room.members.values()].find((m) => m.leftAt !== null && !hasGiven(m));
		return idle ? arrived(without(room, idle.id), id, now) : null;
	}
	const counted = room.counted + 1;
	return withMember(
		{ ...room, counted },
		{
			id,
			name: null,
			place: counted,
			leftAt: null,
			number: 0,
			where: null,
			movedAt: now,
			machine: { takesJobs: false, backend: null, speed: null },
			predictions: {},
			votes: {},
			curves: {}
		}
	);
}

/** All of these students disconnect. */
export function left(room: Room, ids: readonly string[], now: number): Room {
	const members = new Map(room.members);
	for (const id of ids) {
		const member = members.get(id);
		if (member?.leftAt === null) members.set(id, { ...member, leftAt: now });
	}
	return { ...room, members };
}

export function without(room: Room, id: string): Room {
	const members = new Map(room.members);
	members.delete(id);
	return { ...room, members };
}

/**
 * A message of a student.
 * @returns the room, the same if the message is known already; null if one before it is missing
 */
export function heard(
	room: Room,
	id: string,
	{ number, after, told }: { readonly number: number; readonly after: number; readonly told: Told },
	now: number
): Room | null {
	const member = room.members.get(id);
	if (!member || after > member.number) return null;
	if (number <= member.number) return room;
	const next = withMember(room, { ...learned(member, told, now), number });
	if (!room.sweep) return next;
	switch (told.kind) {
		case 'working':
		case 'failed':
		case 'result':
			return { ...next, sweep: heardOfJob(room.sweep, id, told, now) };
		default:
			return next;
	}
}

function learned(member: Member, told: Told, now: number): Member {
	switch (told.kind) {
		case 'name':
			return { ...member, name: told.name || null };
		case 'place': {
			const { page, step } = told;
			const same = member.where?.page === page && member.where.step === step;
			return same ? member : { ...member, where: { page, step }, movedAt: now };
		}
		case 'machine': {
			const { takesJobs, backend, speed } = told;
			return { ...member, machine: { takesJobs, backend, speed } };
		}
		case 'prediction': {
			const predictions = latest(
				member.predictions,
				told.setup,
				told.prediction,
				LIMITS.predictions
			);
			return { ...member, predictions, movedAt: now };
		}
		case 'vote': {
			const vote = { ...member.votes[told.question], [told.phase]: told.choice };
			return {
				...member,
				votes: latest(member.votes, told.question, vote, LIMITS.votes),
				movedAt: now
			};
		}
		case 'curve': {
			const { curve } = told;
			const before = member.curves[curve.run];
			const grown = (curve.steps.at(-1) ?? 0) > (before?.steps.at(-1) ?? -1);
			return {
				...member,
				curves: latest(member.curves, curve.run, curve, LIMITS.curves),
				movedAt: grown ? now : member.movedAt
			};
		}
		default:
			return member;
	}
}

/** Sets a value, and drops the oldest beyond the most. */
function latest<T>(
	values: Readonly<Record<string, T>>,
	key: string,
	value: T,
	most: number
): Record<string, T> {
	const others = Object.entries(values).filter(([other]) => other !== key);
	return Object.fromEntries([...others, [key, value] as const].slice(-most));
}

/** Votes on a question by choice. */
export function tally(room: Room, { id, choices }: Question, phase: Phase): number[] {
	const counts = choices.map(() => 0);
	for (const { votes } of room.members.values()) {
		const choice = votes[id]?.[phase];
		if (choice !== undefined && choice < counts.length) counts[choice]++;
	}
	return counts;
}

/** How those who voted twice went from choice to choice: rows before, columns after the discussion. */
export function moves(room: Room, { id, choices }: Question): number[][] {
	const counts = choices.map(() => choices.map(() => 0));
	for (const { votes } of room.members.values()) {
		const { before, after } = votes[id] ?? {};
		if (before === undefined || after === undefined) continue;
		if (before < counts.length && after < counts.length) counts[before][after]++;
	}
	return counts;
}

export const predictionsOf = (room: Room, setup: string): Prediction[] =>
	[...room.members.values()].flatMap(({ predictions }) => predictions[setup] ?? []);

/** Without getting on for so long, a student may be stuck. */
export const STUCK_MS = 180_000;
export const isStuck = ({ leftAt, movedAt }: Member, now: number): boolean =>
	leftAt === null && now - movedAt > STUCK_MS;
