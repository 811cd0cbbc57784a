/**
 * The teacher's side of a room: connects the truth of `teacher.ts` with the students and with this browser's storage.
 * What students tell is acknowledged once it is stored, so a reload loses nothing; a server that was restarted gets the
 * same room again.
 */
import { newSecret, newToken, fromBase64 } from './pieces';
import { BROWSER_TOOLS, Connection, type ConnectionTools } from './connection';
import { gridSchema, type Grid } from './grid';
import { deal, jobFor, newSweep, type Machine } from './jobs';
import {
	CODE_LENGTH,
	CODE_LETTERS,
	PASSING,
	stageSchema,
	toTeacherSchema,
	VERSION,
	type Desk,
	type Phase,
	type Question,
	type Refusal,
	type RunPart,
	type Stage,
	type TeacherFrame,
	type ToTeacher
} from './protocol';
import { RoomStore, type KeptRoom } from './store';
import { arrived, heard, left, newRoom, tally, without, type Room } from './teacher';
import { checked } from '$lib/base/checked';

export interface TeacherState {
	/** - `connecting`: for the first time - `open` - `away`: the connection is lost and tried again - `refused`: for good */
	readonly status: 'connecting' | 'open' | 'away' | 'refused';
	/** Why it was refused, or disconnected last. */
	readonly refusal: Refusal | null;
	/** Whether this browser stores the room; if not, a reload loses it. */
	readonly stored: boolean;
	readonly room: Room;
}

/** What is told within so many milliseconds is stored and acknowledged together. */
const STORE_EVERY_MS = 150;
const DEAL_EVERY_MS = 2000;
/** Listeners are told of changes at most so often. */
const TOLD_EVERY_MS = 50;

interface TeacherOptions {
	/** Address of the room's WebSocket; see `roomAddress`. */
	readonly address: string;
	readonly tools?: ConnectionTools;
	/** Name of the database; tests have their own. */
	readonly database?: string;
}

/** Why a record of a student's run could not be had. */
export type RunRefusal = 'no-run' | 'left' | 'replaced';
export class RunRefusedError extends Error {
	override readonly name = 'RunRefusedError';
	constructor(readonly refusal: RunRefusal) {
		super(refusal);
	}
}

interface WantedRun {
	readonly run: string;
	readonly pieces: string[];
	readonly resolve: (record: Blob) => void;
	readonly reject: (error: RunRefusedError) => void;
}

export class TeacherRoom {
	#state: TeacherState;
	readonly #key: string;
	readonly #store: RoomStore | null;
	readonly #connection: Connection<ToTeacher, TeacherFrame>;
	readonly #listeners = new Set<(state: TeacherState) => void>();
	/** Numbers to acknowledge once the room is stored, and those of what is stored. */
	readonly #heard = new Map<string, number>();
	readonly #acknowledged: Map<string, number>;
	/** The desk that each connected student has. */
	readonly #desks = new Map<string, Desk>();
	readonly #wanted = new Map<string, WantedRun>();
	#storing: ReturnType<typeof setTimeout> | undefined;
	#closed = false;
	readonly #dealing: ReturnType<typeof setInterval>;

	private constructor({ key, room }: KeptRoom, store: RoomStore | null, options: TeacherOptions) {
		const { address, tools = BROWSER_TOOLS } = options;
		this.#key = key;
		this.#store = store;
		this.#acknowledged = new Map([...room.members].map(([id, { number }]) => [id, number]));
		this.#state = { status: 'connecting', refusal: null, stored: store !== null, room };
		this.#connection = new Connection<ToTeacher, TeacherFrame>(
			{
				address,
				schema: toTeacherSchema,
				hello: () => ({ kind: 'open', version: VERSION, code: room.code, key }),
				onFrame: (frame) => this.#receive(frame),
				onLost: (refusal, final) => this.#lose(refusal, final),
				passes: (refusal) => PASSING.includes(refusal)
			},
			tools
		);
		this.#dealing = setInterval(() => this.#deal(), DEAL_EVERY_MS);
		this.#storeSoon();
	}

	/** Opens a new room; what this browser had of an earlier one is dropped. */
	static async open(options: TeacherOptions): Promise<TeacherRoom> {
		const store = await openStore(options);
		return new TeacherRoom({ key: newSecret(), room: newRoom(newCode()) }, store, options);
	}

	/** Returns to the room that this browser had open; null if there is none. */
	static async resume(options: TeacherOptions): Promise<TeacherRoom | null> {
		const store = await openStore(options);
		const kept = (await store?.load().catch(() => null)) ?? null;
		if (!kept) {
			store?.close();
			return null;
		}
		const now = Date.now();
		const members = [...kept.room.members].map(
			([id, member]) => [id, { ...member, leftAt: member.leftAt ?? now }] as const
		);
		return new TeacherRoom(
			{ ...kept, room: { ...kept.room, members: new Map(members) } },
			store,
			options
		);
	}

	get state(): TeacherState {
		return this.#state;
	}

	/** Calls back now and soon after every change, as Svelte's stores do. @returns ends it */
	subscribe(listener: (state: TeacherState) => void): () => void {
		this.#listeners.add(listener);
		listener(this.#state);
		return () => this.#listeners.delete(listener);
	}

	/**
	 * Asks everyone to open an address, such as `lab/?preset=degradation&depth=20`; null ends it.
	 * @throws RecordError if it is no page of the app
	 */
	push(address: string | null): void {
		const setup = address === null ? null : { id: newToken(), address };
		this.#setStage({ setup, start: null });
	}

	hide(panels: readonly string[]): void {
		this.#setStage({ hidden: [...panels] });
	}

	askPredictions(predict: boolean): void {
		this.#setStage({ predict });
	}

	/** Starts the run of the set-up on all machines, now. */
	start(): void {
		this.#setStage({ start: newToken() });
	}

	/** Asks a question and opens the vote before the discussion; null ends the question. */
	ask(question: Pick<Question, 'text' | 'choices'> | null): void {
		this.#setStage({
			question: question && { ...question, id: newToken(), open: 'before', shown: null }
		});
	}

	/** Opens one vote on the question, or closes both. */
	openVote(open: Phase | null): void {
		const { question } = this.#state.room.stage;
		if (question) this.#setStage({ question: { ...question, open } });
	}

	/** Shows the votes so far to all, or hides them. */
	showVotes(show: boolean): void {
		const { room } = this.#state;
		const { question } = room.stage;
		if (!question) return;
		const shown = show
			? { before: tally(room, question, 'before'), after: tally(room, question, 'after') }
			: null;
		this.#setStage({ question: { ...question, shown } });
	}

	/** The record of a student's run, packed with gzip, as `readRecordFiles` reads it. @throws RunRefusedError */
	record(member: string, run: string): Promise<Blob> {
		this.#wanted.get(member)?.reject(new RunRefusedError('replaced'));
		return new Promise((resolve, reject) => {
			this.#wanted.set(member, { run, pieces: [], resolve, reject });
			this.#sendDesks();
		});
	}

	/** Deals a sweep to the machines of the room; it replaces the one before. @throws RecordError if it is no grid */
	startSweep(grid: Grid): void {
		this.#changeRoom({ ...this.#state.room, sweep: newSweep(checked(gridSchema, grid)) });
		this.#deal();
	}

	pauseSweep(paused: boolean): void {
		const { room } = this.#state;
		if (!room.sweep) return;
		this.#changeRoom({ ...room, sweep: { ...room.sweep, paused } });
		this.#deal();
	}

	endSweep(): void {
		this.#changeRoom({ ...this.#state.room, sweep: null });
		this.#sendDesks();
	}

	/** Sends a student away; who comes back with the code is a new one. */
	remove(member: string): void {
		this.#connection.send({ kind: 'remove', member });
		this.#refuseRun(member, 'left');
		this.#desks.delete(member);
		this.#acknowledged.delete(member);
		this.#changeRoom(without(this.#state.room, member));
	}

	/** Ends the room for all and forgets it. */
	async end(): Promise<void> {
		this.#connection.send({ kind: 'close' });
		clearTimeout(this.#storing);
		await this.#store?.clear().catch(() => {});
		this.close();
	}

	/** Disconnects; `resume` returns to the room. */
	close(): void {
		this.#closed = true;
		clearTimeout(this.#storing);
		clearInterval(this.#dealing);
		clearTimeout(this.#telling);
		for (const { reject } of this.#wanted.values()) reject(new RunRefusedError('left'));
		this.#wanted.clear();
		this.#listeners.clear();
		this.#connection.close();
		this.#store?.close();
	}

	#receive(frame: ToTeacher): void {
		const now = Date.now();
		const { room } = this.#state;
		switch (frame.kind) {
			case 'beat':
				return;
			case 'opened': {
				this.#change({ status: 'open', refusal: null });
				this.#welcome(frame.members, now);
				return;
			}
			case 'arrived':
				this.#welcome([frame.member], now);
				return;
			case 'left':
				this.#leave([frame.member], now);
				return;
			case 'told': {
				const next = heard(room, frame.member, frame, now);
				if (!next) return;
				this.#heard.set(frame.member, next.members.get(frame.member)?.number ?? 0);
				this.#changeRoom(next);
				this.#storeSoon();
				const { kind } = frame.told;
				if (kind === 'no-run') this.#refuseRun(frame.member, 'no-run', frame.told.run);
				if (kind === 'result' || kind === 'failed' || kind === 'machine') this.#deal();
				return;
			}
			case 'part':
				this.#takePart(frame);
		}
	}

	#welcome(members: readonly string[], now: number): void {
		let { room } = this.#state;
		const refused = members.filter((member) => {
			const next = arrived(room, member, now);
			if (next) room = next;
			return !next;
		});
		this.#changeRoom(room);
		for (const member of members) {
			if (refused.includes(member)) {
				this.#connection.send({ kind: 'remove', member });
				continue;
			}
			const desk = this.#deskOf(member);
			this.#desks.set(member, desk);
			const acknowledged = this.#acknowledged.get(member) ?? 0;
			this.#connection.send({ kind: 'welcome', member, acknowledged, stage: room.stage, desk });
		}
		this.#deal();
	}

	#leave(members: readonly string[], now: number): void {
		for (const member of members) this.#desks.delete(member);
		this.#changeRoom(left(this.#state.room, members, now));
	}

	#lose(refusal: Refusal | null, final: boolean): void {
		this.#leave([...this.#desks.keys()], Date.now());
		this.#change({ status: final ? 'refused' : 'away', refusal });
		// Another page has the room now, and writes what this one would overwrite.
		if (final) this.close();
	}

	#takePart({ member, run, part, parts, data }: RunPart): void {
		const wanted = this.#wanted.get(member);
		if (!wanted || wanted.run !== run) return;
		if (part === 0) wanted.pieces.length = 0;
		if (part !== wanted.pieces.length) return;
		wanted.pieces.push(data);
		if (wanted.pieces.length < parts) return;
		this.#wanted.delete(member);
		this.#sendDesks();
		try {
			wanted.resolve(new Blob([fromBase64(wanted.pieces.join(''))]));
		} catch {
			wanted.reject(new RunRefusedError('no-run'));
		}
	}

	#refuseRun(member: string, refusal: RunRefusal, run = this.#wanted.get(member)?.run): void {
		const wanted = this.#wanted.get(member);
		if (!wanted || wanted.run !== run) return;
		this.#wanted.delete(member);
		wanted.reject(new RunRefusedError(refusal));
		this.#sendDesks();
	}

	#setStage(change: Partial<Stage>): void {
		const { room } = this.#state;
		const stage = checked(stageSchema, { ...room.stage, ...change });
		this.#changeRoom({ ...room, stage });
		this.#connection.send({ kind: 'stage', stage });
	}

	#deal(): void {
		const { room } = this.#state;
		if (room.sweep && this.#state.status === 'open') {
			const machines = [...room.members.values()].map(({ id, leftAt, machine }): Machine => ({
				member: id,
				leftAt,
				...machine
			}));
			const sweep = deal(room.sweep, machines, Date.now());
			if (sweep !== room.sweep) this.#changeRoom({ ...room, sweep });
		}
		this.#sendDesks();
	}

	#deskOf(member: string): Desk {
		const { sweep } = this.#state.room;
		return {
			job: sweep && jobFor(sweep, member),
			wanted: this.#wanted.get(member)?.run ?? null
		};
	}

	/** Sends the desks that have changed. */
	#sendDesks(): void {
		for (const [member, before] of this.#desks) {
			const desk = this.#deskOf(member);
			if (desk.job?.id === before.job?.id && desk.wanted === before.wanted) continue;
			if (this.#connection.send({ kind: 'desk', member, desk })) this.#desks.set(member, desk);
		}
	}

	#changeRoom(room: Room): void {
		if (room === this.#state.room) return;
		this.#change({ room });
		this.#storeSoon();
	}

	#storeSoon(): void {
		this.#storing ??= setTimeout(() => void this.#save(), STORE_EVERY_MS);
	}

	async #save(): Promise<void> {
		if (this.#closed) return;
		const told = [...this.#heard];
		this.#heard.clear();
		const { room } = this.#state;
		try {
			await this.#store?.save({ key: this.#key, room });
		} catch {
			this.#change({ stored: false });
		}
		this.#storing = undefined;
		for (const [member, number] of told) this.#acknowledged.set(member, number);
		if (told.length) this.#connection.send({ kind: 'acknowledge', all: told });
		if (this.#heard.size || room !== this.#state.room) this.#storeSoon();
	}

	/** Listeners hear of several changes at once, so that a page is not drawn anew for each message of a class. */
	#change(change: Partial<TeacherState>): void {
		this.#state = { ...this.#state, ...change };
		const wait = this.#toldAt + TOLD_EVERY_MS - Date.now();
		if (wait <= 0 || 'status' in change) this.#tell();
		else this.#telling ??= setTimeout(() => this.#tell(), wait);
	}
	#toldAt = 0;
	#telling: ReturnType<typeof setTimeout> | undefined;

	#tell(): void {
		clearTimeout(this.#telling);
		this.#telling = undefined;
		this.#toldAt = Date.now();
		for (const listener of this.#listeners) listener(this.#state);
	}
}

/** The store, or null where the browser stores nothing. */
const openStore = ({ database }: TeacherOptions) => RoomStore.open(database).catch(() => null);

function newCode(): string {
	// Rejecting the bytes beyond the last full round of letters leaves each letter as likely as any other.
	const round = 256 - (256 % CODE_LETTERS.length);
	let code = '';
	while (code.length < CODE_LENGTH) {
		const [byte] = crypto.getRandomValues(new Uint8Array(1));
		if (byte < round) code += CODE_LETTERS[byte % CODE_LETTERS.length];
	}
	return code;
}
