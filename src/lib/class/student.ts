/**
 * A student's side of a room. What it tells waits in an outbox, which survives a reload, until the teacher's page has
 * acknowledged it; the stage and the desk are what the teacher's page has sent last.
 */
import * as v from 'valibot';
import { checked } from '$lib/base/checked';
import { indexSchema } from '$lib/base/numbers';
import { BROWSER_TOOLS, Connection, type ConnectionTools } from './connection';
import { tabKeep, type Keep } from './keep';
import { base64Of, newSecret, packed } from './pieces';
import {
	EMPTY_DESK,
	EMPTY_STAGE,
	LIMITS,
	PASSING,
	subjectOf,
	toldSchema,
	toStudentSchema,
	VERSION,
	type Desk,
	type Refusal,
	type Stage,
	type StudentFrame,
	type Told,
	type ToStudent
} from './protocol';

export interface StudentState {
	readonly code: string;
	/** - `connecting`: for the first time - `joined` - `away`: the connection is lost and tried again - `refused`: for good */
	readonly status: 'connecting' | 'joined' | 'away' | 'refused';
	/** Why it was refused, or disconnected last. */
	readonly refusal: Refusal | null;
	/** Whether the teacher's page is there; without it everything told waits. */
	readonly teacher: boolean;
	readonly name: string | null;
	readonly stage: Stage;
	readonly desk: Desk;
	/** Messages that the teacher's page has not acknowledged yet. */
	readonly unsent: number;
}

const keptSchema = v.object({
	version: v.literal(VERSION),
	code: v.string(),
	member: v.string(),
	/** Whether the room has ever let it in: then a room that is gone is waited for. */
	joined: v.boolean(),
	name: v.nullable(v.string()),
	/** Ids of set-ups and starts that this tab has followed. */
	followed: v.array(v.string()),
	next: indexSchema,
	acknowledged: indexSchema,
	outbox: v.array(v.object({ number: indexSchema, told: toldSchema }))
});
type Kept = v.InferOutput<typeof keptSchema>;

function readKept(keep: Keep): Kept | null {
	const text = keep.read();
	if (text === null) return null;
	try {
		const read = v.safeParse(keptSchema, JSON.parse(text));
		return read.success ? read.output : null;
	} catch {
		return null;
	}
}

/** The code of the room that this tab has joined and not left; null if there is none. */
export const joinedRoom = (keep: Keep = tabKeep('room')): string | null =>
	readKept(keep)?.code ?? null;

/** What was told within so many milliseconds goes together, and newer values replace older ones before they are sent. */
const TOGETHER_MS = 200;
const MOST_FOLLOWED = 20;

interface StudentOptions {
	readonly code: string;
	/** Address of the room's WebSocket; see `roomAddress`. */
	readonly address: string;
	/** Gives the record of a run on this machine as JSON when the teacher asks for it; null if it is gone. */
	readonly recordOf?: (run: string) => Promise<string | null>;
	readonly keep?: Keep;
	readonly tools?: ConnectionTools;
}

export class StudentRoom {
	#state: StudentState;
	readonly #kept: Kept;
	readonly #keep: Keep;
	readonly #recordOf: (run: string) => Promise<string | null>;
	readonly #listeners = new Set<(state: StudentState) => void>();
	readonly #connection: Connection<ToStudent, StudentFrame>;
	/** Number of the latest message sent over this connection; null until the teacher's page says where to begin. */
	#sent: number | null = null;
	#sentAt = 0;
	#sending: ReturnType<typeof setTimeout> | undefined;
	/** The run that is being sent whole; another object ends it. */
	#handing: { readonly run: string | null } = { run: null };

	/** Joins a room, as the student that this tab was in it before. */
	constructor({
		code,
		address,
		recordOf = async () => null,
		keep = tabKeep('room'),
		tools = BROWSER_TOOLS
	}: StudentOptions) {
		const before = readKept(keep);
		this.#keep = keep;
		this.#recordOf = recordOf;
		this.#kept =
			before?.code === code
				? before
				: {
						version: VERSION,
						code,
						member: newSecret(),
						joined: false,
						name: null,
						followed: [],
						next: 1,
						acknowledged: 0,
						outbox: []
					};
		this.#state = {
			code,
			status: 'connecting',
			refusal: null,
			teacher: false,
			name: this.#kept.name,
			stage: EMPTY_STAGE,
			desk: EMPTY_DESK,
			unsent: this.#kept.outbox.length
		};
		this.#connection = new Connection<ToStudent, StudentFrame>(
			{
				address,
				schema: toStudentSchema,
				hello: () => ({ kind: 'join', version: VERSION, code, member: this.#kept.member }),
				onFrame: (frame) => this.#receive(frame),
				onLost: (refusal, final) => {
					this.#sent = null;
					if (final) this.#keep.write(null);
					this.#change({ status: final ? 'refused' : 'away', refusal, teacher: false });
				},
				passes: (refusal) =>
					PASSING.includes(refusal) || (refusal === 'no-room' && this.#kept.joined)
			},
			tools
		);
	}

	get state(): StudentState {
		return this.#state;
	}

	/** Calls back now and after every change, as Svelte's stores do. @returns ends it */
	subscribe(listener: (state: StudentState) => void): () => void {
		this.#listeners.add(listener);
		listener(this.#state);
		return () => this.#listeners.delete(listener);
	}

	/**
	 * Tells the teacher's page something, now or as soon as it is there.
	 * @throws RecordError if it is not as the protocol wants it
	 */
	tell(told: Told): void {
		const message = checked(toldSchema, told);
		const subject = subjectOf(message);
		const { outbox } = this.#kept;
		const same = outbox.findIndex((entry) => subjectOf(entry.told) === subject);
		if (same >= 0) outbox.splice(same, 1);
		else if (outbox.length >= LIMITS.unsent) outbox.shift();
		outbox.push({ number: this.#kept.next++, told: message });
		if (message.kind === 'name') this.#kept.name = message.name || null;
		this.#store();
		this.#sendSoon();
		this.#change({ name: this.#kept.name });
	}

	/**
	 * Whether this tab meets the id of a set-up or a start for the first time: a reload does not open or start it again.
	 */
	follows(id: string): boolean {
		const { followed } = this.#kept;
		if (followed.includes(id)) return false;
		followed.push(id);
		if (followed.length > MOST_FOLLOWED) followed.shift();
		this.#store();
		return true;
	}

	/** Leaves the room for good: this tab may join as a new student. */
	leave(): void {
		this.close();
		this.#keep.write(null);
	}

	/** Disconnects; the next `StudentRoom` of this tab is the same student. */
	close(): void {
		clearTimeout(this.#sending);
		this.#listeners.clear();
		this.#connection.close();
	}

	#receive(frame: ToStudent): void {
		switch (frame.kind) {
			case 'beat':
				return;
			case 'joined':
				if (!this.#kept.joined) {
					this.#kept.joined = true;
					this.#store();
				}
				if (!frame.teacher) this.#sent = null;
				this.#change({ status: 'joined', refusal: null, teacher: frame.teacher });
				return;
			case 'stage':
				this.#change({ stage: frame.stage });
				return;
			case 'desk':
				this.#change({ desk: frame.desk });
				void this.#hand();
				return;
			case 'welcome': {
				const { acknowledged, stage, desk } = frame;
				this.#acknowledge(acknowledged);
				this.#kept.next = Math.max(this.#kept.next, acknowledged + 1);
				this.#sent = acknowledged;
				this.#send();
				this.#change({ status: 'joined', refusal: null, teacher: true, stage, desk });
				this.#handing = { run: null };
				void this.#hand();
				return;
			}
			case 'acknowledge':
				this.#acknowledge(frame.acknowledged);
				this.#change({});
		}
	}

	/** What the teacher's page has counts, also where it has lost some. */
	#acknowledge(number: number): void {
		this.#kept.acknowledged = number;
		this.#kept.outbox = this.#kept.outbox.filter((entry) => entry.number > number);
		this.#store();
	}

	#sendSoon(): void {
		if (this.#sending !== undefined) return;
		const wait = Math.max(0, this.#sentAt + TOGETHER_MS - Date.now());
		if (wait === 0) this.#send();
		else
			this.#sending = setTimeout(() => {
				this.#sending = undefined;
				this.#send();
			}, wait);
	}

	#send(): void {
		if (this.#sent === null) return;
		this.#sentAt = Date.now();
		let after = this.#kept.acknowledged;
		for (const { number, told } of this.#kept.outbox) {
			if (number > this.#sent) {
				if (!this.#connection.send({ kind: 'tell', number, after, told })) return;
				this.#sent = number;
			}
			after = number;
		}
	}

	/** Sends the record that the teacher wants, in parts. */
	async #hand(): Promise<void> {
		const run = this.#state.desk.wanted;
		if (run === this.#handing.run) return;
		const own = (this.#handing = { run });
		if (run === null) return;
		const record = await this.#recordOf(run).catch(() => null);
		const data = record === null ? null : base64Of(await packed(record));
		if (data === null || data.length > LIMITS.record) return this.tell({ kind: 'no-run', run });
		const parts = Math.ceil(data.length / LIMITS.part);
		for (let part = 0; part < parts; part++) {
			const piece = data.slice(part * LIMITS.part, (part + 1) * LIMITS.part);
			if (this.#handing !== own || this.#sent === null) return;
			this.#connection.send({ kind: 'part', run, part, parts, data: piece });
			await new Promise((resolve) => setTimeout(resolve, LIMITS.partEveryMs));
		}
	}

	#store(): void {
		this.#keep.write(JSON.stringify(this.#kept));
	}

	#change(change: Partial<StudentState>): void {
		this.#state = { ...this.#state, ...change, unsent: this.#kept.outbox.length };
		for (const listener of this.#listeners) listener(this.#state);
	}
}
