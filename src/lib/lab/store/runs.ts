/**
 * Stores runs in IndexedDB while they train, so that a reload or a crash does not lose them. A run is stored as an
 * entry (read for lists), chunks of its steps, and the snapshot from which it can be continued.
 */
import type { DBSchema } from 'idb';
import { Turns } from '$lib/base/turns';
import { uniqueName } from '$lib/base/uniqueName';
import { withNorm } from '../earlier';
import { claimed } from './claim';
import { Database, StoreError } from './database';
import type { Snapshot } from '../record/snapshot';
import { checkAgreement, checkHead, RecordError, withAllReadings } from '../record/record';
import type { RunRecord, StepRecord } from '../record/record';

/** The entry of a run: what lists show. */
export interface RunEntry {
	readonly id: string;
	/** The user's name for it; empty if there is none. */
	readonly name: string;
	/** When it was last saved, in ISO 8601. */
	readonly savedAt: string;
	readonly steps: number;
	/** Whether it has a snapshot to continue from. */
	readonly resumable: boolean;
	/** A thumbnail: for each lane, training errors at some evenly spread steps, each averaged over a few steps around it. */
	readonly sketch: readonly (readonly number[])[];
	readonly record: Omit<RunRecord, 'steps'>;
	/** Id of the store object (one per tab) that last wrote or took over the run; absent in runs of earlier versions. */
	readonly writer?: string;
}

interface Schema extends DBSchema {
	runs: { key: string; value: RunEntry; indexes: { savedAt: string } };
	chunks: {
		key: [run: string, first: number];
		value: { run: string; first: number; steps: readonly StepRecord[] };
	};
	snapshots: { key: string; value: { run: string; snapshot: Snapshot } };
}

/** Most unnamed runs that are kept; beyond this, the oldest are deleted. */
export const MOST_UNNAMED = 20;
const SKETCH = 48;
/** Most steps written at a time; the page is free between two chunks. */
const CHUNK = 500;

/** A stored run that cannot be read, after a crash or a change by another program. */
export interface DamagedRun {
	readonly id: string;
	readonly name: string;
	/** What is wrong, in English. */
	readonly damage: string;
}

/** A stored run with all its steps. */
export interface KeptRun {
	readonly entry: RunEntry;
	readonly record: RunRecord;
	/** The state to continue from; null if the run can only be viewed. */
	readonly snapshot: Snapshot | null;
}

/** Thrown when another tab has continued the run: this tab's version is then a different run. */
export class TakenError extends Error {
	override readonly name = 'TakenError';
	constructor(readonly id: string) {
		super(`run ${id}: another tab has gone on with it`);
	}
}

/** The name under which a tab claims the run it trains (`claim.ts`). */
export const runClaim = (id: string) => `run ${id}`;

const ALL: ('runs' | 'chunks' | 'snapshots')[] = ['runs', 'chunks', 'snapshots'];

export class RunStore extends Database<Schema> {
	/** Identifies this tab's writes. */
	readonly #writer = uniqueName();
	/** Makes writes take turns, so that no chunk is written twice. */
	readonly #turns = new Turns();
	/** Runs with a sound entry whose steps turned out to be unreadable when they were loaded, with what is wrong. */
	readonly #unreadable = new Map<string, string>();

	private constructor(name: string) {
		super(name, 1, (fresh) => {
			fresh.createObjectStore('runs', { keyPath: 'id' }).createIndex('savedAt', 'savedAt');
			fresh.createObjectStore('chunks', { keyPath: ['run', 'first'] });
			fresh.createObjectStore('snapshots', { keyPath: 'run' });
		});
	}

	/** @throws StoreError if the browser stores nothing; every method throws it too if storage fails later */
	static open(name = 'residual-explorer'): Promise<RunStore> {
		return new RunStore(name).open();
	}

	/**
	 * Saves a run in its present state. Steps already stored are not written again; stored steps beyond the record's
	 * end, left from before the run went back to a snapshot, are replaced.
	 * @throws TakenError if another tab has continued the run; then nothing is overwritten
	 */
	save(id: string, record: RunRecord, snapshot: Snapshot | null): Promise<void> {
		const { steps, ...rest } = record;
		// Copies, because the run goes on during the write.
		const now = { steps: [...steps], events: [...rest.events], evaluations: [...rest.evaluations] };
		return this.#turns.take(async () => {
			await this.transact(ALL, 'readwrite', async (writing) => {
				const runs = writing.objectStore('runs');
				const chunks = writing.objectStore('chunks');
				const before = await runs.get(id);
				if ((before?.writer ?? this.#writer) !== this.#writer) throw new TakenError(id);
				let kept = before?.steps ?? 0;
				if (kept > now.steps.length) {
					await chunks.delete(chunksOf(id));
					kept = 0;
				}
				for (; kept < now.steps.length; kept += CHUNK) {
					const steps = now.steps.slice(kept, kept + CHUNK);
					await chunks.put({ run: id, first: kept + 1, steps });
				}
				if (snapshot) await writing.objectStore('snapshots').put({ run: id, snapshot });
				await runs.put({
					id,
					name: before?.name ?? '',
					savedAt: new Date().toISOString(),
					steps: now.steps.length,
					resumable: snapshot !== null || (before?.resumable ?? false),
					sketch: sketchOf(now.steps, rest.experiment.lanes.length),
					record: { ...rest, events: now.events, evaluations: now.evaluations },
					writer: this.#writer
				});
			});
			await this.#prune(id);
		});
	}

	/** Takes a run over for this tab; a tab that had it can no longer write to it. */
	take(id: string): Promise<void> {
		return this.#change(id, { writer: this.#writer });
	}

	/** Stores a record as a run that can be viewed; returns its id. */
	async add(record: RunRecord, name = ''): Promise<string> {
		const id = uniqueName();
		await this.save(id, record, null);
		if (name) await this.rename(id, name);
		return id;
	}

	/** The entries of all readable runs, the latest first. */
	async list(): Promise<RunEntry[]> {
		return (await this.survey()).runs;
	}

	/** All stored runs, readable and damaged, the latest first. */
	async survey(): Promise<{ runs: RunEntry[]; damaged: DamagedRun[] }> {
		const runs: RunEntry[] = [];
		const damaged: DamagedRun[] = [];
		for (const { id, entry: kept, unread } of await this.#all()) {
			const damage = unread ?? this.#unreadable.get(id) ?? damageOf(kept);
			if (damage === null) runs.push(withNorm(kept));
			else damaged.push({ id, name: String(kept?.name || id), damage });
		}
		return { runs, damaged };
	}

	/** Deletes a damaged run. */
	async drop(id: string): Promise<void> {
		await this.#turns.take(() => this.#delete(id));
		this.#unreadable.delete(id);
	}

	/**
	 * All entries unchecked, the latest first; an earlier version may have written them. `unread` says why the browser
	 * could not read one.
	 */
	async #all(): Promise<{ id: string; entry: RunEntry; unread?: string }[]> {
		try {
			const entries = await this.transact(['runs'], 'readonly', (reading) =>
				reading.objectStore('runs').index('savedAt').getAll()
			);
			return entries.reverse().map((entry) => ({ id: entry.id, entry }));
		} catch (error) {
			if (!(error instanceof StoreError) || error.fault !== 'failed') throw error;
		}
		// One that cannot be read fails them all: read each by itself.
		const keys = await this.transact(['runs'], 'readonly', (reading) =>
			reading.objectStore('runs').index('savedAt').getAllKeys()
		);
		return Promise.all(
			keys.reverse().map(async (id) => {
				try {
					const entry = await this.transact(['runs'], 'readonly', (reading) =>
						reading.objectStore('runs').get(id)
					);
					return { id, entry: entry as RunEntry };
				} catch (error) {
					return { id, entry: {} as RunEntry, unread: (error as Error).message };
				}
			})
		);
	}

	/**
	 * Loads a run; one that is damaged is counted among the damaged from now on, so that it can be dropped.
	 * @throws RangeError if there is no such run; RecordError if it is damaged
	 */
	async load(id: string): Promise<KeptRun> {
		try {
			const run = await this.#read(id);
			this.#unreadable.delete(id);
			return run;
		} catch (error) {
			const unread = error instanceof StoreError && error.fault === 'failed';
			if (error instanceof RecordError || unread) this.#unreadable.set(id, error.message);
			throw error;
		}
	}

	async #read(id: string): Promise<KeptRun> {
		const [kept, chunks, going] = await this.transact(ALL, 'readonly', (reading) =>
			Promise.all([
				reading.objectStore('runs').get(id),
				reading.objectStore('chunks').getAll(chunksOf(id)),
				reading.objectStore('snapshots').get(id)
			])
		);
		if (!kept) throw new RangeError(`run ${id}: not kept on this machine`);
		const entry = withNorm(kept);
		// Checks everything but the numbers in its steps, which are stored as they are.
		checkHead(entry.record);
		const record = sound(() => {
			const whole = { ...entry.record, steps: chunks.flatMap((chunk) => chunk.steps) };
			checkAgreement(whole);
			return withAllReadings(whole);
		});
		return { entry, record, snapshot: going ? withNorm(going.snapshot) : null };
	}

	rename(id: string, name: string): Promise<void> {
		return this.#change(id, { name });
	}

	/** Changes an entry in one transaction, because another tab may be writing to the run. */
	#change(id: string, change: Partial<RunEntry>): Promise<void> {
		return this.#turns.take(() =>
			this.transact(['runs'], 'readwrite', async (writing) => {
				const runs = writing.objectStore('runs');
				const entry = await runs.get(id);
				if (entry) await runs.put({ ...entry, ...change });
			})
		);
	}

	/** Removes a run and returns it, so that `restore` can bring it back. */
	async remove(id: string): Promise<KeptRun> {
		const run = await this.load(id);
		await this.#turns.take(() => this.#delete(id));
		return run;
	}

	/** Restores a run with its name and date; under another id if another tab has continued it meanwhile. */
	async restore({ entry, record, snapshot }: KeptRun): Promise<void> {
		const { name, savedAt } = entry;
		let { id } = entry;
		try {
			await this.save(id, record, snapshot);
		} catch (error) {
			if (!(error instanceof TakenError)) throw error;
			id = uniqueName();
			await this.save(id, record, snapshot);
		}
		await this.#change(id, { name, savedAt });
	}

	async #prune(present: string): Promise<void> {
		const unnamed = (await this.#all()).filter(
			({ id, entry, unread }) => unread === undefined && !entry.name && id !== present
		);
		// Only rarely, so that frequent saves do not check all other runs each time.
		if (unnamed.length < MOST_UNNAMED) return;
		const held = await claimed();
		const sound = unnamed.filter(
			({ id, entry }) => damageOf(entry) === null && !held.has(runClaim(id))
		);
		for (const { id } of sound.slice(MOST_UNNAMED - 1)) await this.#delete(id);
	}

	#delete(id: string): Promise<unknown> {
		return this.transact(ALL, 'readwrite', (writing) =>
			Promise.all([
				writing.objectStore('runs').delete(id),
				writing.objectStore('chunks').delete(chunksOf(id)),
				writing.objectStore('snapshots').delete(id)
			])
		);
	}
}

/** Describes what is wrong with an entry, in English; null if it is sound. */
function damageOf(kept: RunEntry): string | null {
	try {
		const entry = withNorm(kept);
		checkHead(entry.record);
		const { name, steps, sketch, experiment } = { ...entry, ...entry.record };
		const sound =
			typeof name === 'string' &&
			Number.isInteger(steps) &&
			Array.isArray(sketch) &&
			sketch.length === experiment.lanes.length &&
			sketch.every(Array.isArray);
		return sound ? null : 'name, steps or sketch: not as they were written';
	} catch (error) {
		// Whatever it is: one damaged run must not hide the others.
		return (error as Error).message;
	}
}

/** Reads stored steps; any error of the reading means that they are not as they were written. @throws RecordError */
function sound<T>(read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (error instanceof RecordError) throw error;
		throw new RecordError('steps', `not as they were written (${(error as Error).message})`);
	}
}

const chunksOf = (id: string) => IDBKeyRange.bound([id, 0], [id, Infinity]);

function sketchOf(steps: readonly StepRecord[], lanes: number): number[][] {
	const points = Math.min(SKETCH, steps.length);
	return Array.from({ length: lanes }, (_, lane) =>
		Array.from({ length: points }, (_, i) => {
			const [from, to] = [i, i + 1].map((at) => Math.floor((at * steps.length) / points));
			const errors = steps.slice(from, to).flatMap((s) => s.lanes[lane]?.trainingError ?? []);
			return errors.reduce((sum, error) => sum + error, 0) / errors.length;
		})
	);
}
