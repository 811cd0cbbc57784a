/**
 * Runs kept on this machine as they go, in IndexedDB: what a reload or a crash must not lose. A run is an entry, which
 * lists read, chunks of its steps, and the snapshot from which it can go on.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { uniqueName } from '$lib/engine/lifeline';
import type { Snapshot } from './protocol';
import { checkHead, checkKept, RecordError, withAllReadings } from './record';
import type { RunRecord, StepRecord } from './record';

/** What a list shows of a run. */
export interface RunEntry {
	readonly id: string;
	/** Given by the user; empty for none. */
	readonly name: string;
	/** ISO 8601. */
	readonly savedAt: string;
	readonly steps: number;
	/** Whether it can go on where it stopped. */
	readonly resumable: boolean;
	/** Training error by lane at some steps evenly spread, each the mean of a few around it: a thumbnail. */
	readonly sketch: readonly (readonly number[])[];
	readonly record: Omit<RunRecord, 'steps'>;
}

interface Schema extends DBSchema {
	runs: { key: string; value: RunEntry; indexes: { savedAt: string } };
	chunks: {
		key: [run: string, first: number];
		value: { run: string; first: number; steps: readonly StepRecord[] };
	};
	snapshots: { key: string; value: { run: string; snapshot: Snapshot } };
}

/** Unnamed runs beyond so many go, the oldest first. */
export const MOST_UNNAMED = 20;
const SKETCH = 48;

/** A run that cannot be read, left by a crash or another program. */
export interface DamagedRun {
	readonly id: string;
	readonly name: string;
	/** What is wrong, in English. */
	readonly damage: string;
}

/** A run as it stood, with all its steps. */
export interface KeptRun {
	readonly entry: RunEntry;
	readonly record: RunRecord;
	/** Null when it can only be looked at. */
	readonly snapshot: Snapshot | null;
}

export class RunStore {
	readonly #db: IDBPDatabase<Schema>;
	/** Writes take turns, so that a chunk is never written twice. */
	#turn: Promise<unknown> = Promise.resolve();

	private constructor(db: IDBPDatabase<Schema>) {
		this.#db = db;
	}

	/** @throws Error when the browser keeps nothing, as in some private windows */
	static async open(name = 'residual-explorer'): Promise<RunStore> {
		const db = await openDB<Schema>(name, 1, {
			upgrade(fresh) {
				fresh.createObjectStore('runs', { keyPath: 'id' }).createIndex('savedAt', 'savedAt');
				fresh.createObjectStore('chunks', { keyPath: ['run', 'first'] });
				fresh.createObjectStore('snapshots', { keyPath: 'run' });
			},
			// Another tab with a later version of the app: it may have the store.
			blocking: (_current, _next, event) => (event.target as IDBDatabase).close()
		});
		return new RunStore(db);
	}

	/**
	 * Keeps a run as it stands now. Steps that are kept already are not written again; those kept beyond the record's
	 * end, of a run that went back to a snapshot, are replaced.
	 */
	save(id: string, record: RunRecord, snapshot: Snapshot | null): Promise<void> {
		const { steps, ...rest } = record;
		// As they are now: the run goes on while this is written.
		const now = { steps: [...steps], events: [...rest.events], evaluations: [...rest.evaluations] };
		return this.#takeTurn(async () => {
			const writing = this.#db.transaction(['runs', 'chunks', 'snapshots'], 'readwrite');
			const runs = writing.objectStore('runs');
			const chunks = writing.objectStore('chunks');
			const before = await runs.get(id);
			let kept = before?.steps ?? 0;
			if (kept > now.steps.length) {
				await chunks.delete(chunksOf(id));
				kept = 0;
			}
			if (now.steps.length > kept)
				await chunks.put({ run: id, first: kept + 1, steps: now.steps.slice(kept) });
			if (snapshot) await writing.objectStore('snapshots').put({ run: id, snapshot });
			await runs.put({
				id,
				name: before?.name ?? '',
				savedAt: new Date().toISOString(),
				steps: now.steps.length,
				resumable: snapshot !== null || (before?.resumable ?? false),
				sketch: sketchOf(now.steps, rest.experiment.lanes.length),
				record: { ...rest, events: now.events, evaluations: now.evaluations }
			});
			await writing.done;
			await this.#prune(id);
		});
	}

	/** Keeps a record from elsewhere as a run that can be looked at; returns its id. */
	async add(record: RunRecord, name = ''): Promise<string> {
		const id = uniqueName();
		await this.save(id, record, null);
		if (name) await this.rename(id, name);
		return id;
	}

	/** Those that can be read, the latest first. */
	async list(): Promise<RunEntry[]> {
		return (await this.survey()).runs;
	}

	/** All that is kept, the latest first: what can be read, and what cannot. */
	async survey(): Promise<{ runs: RunEntry[]; damaged: DamagedRun[] }> {
		const runs: RunEntry[] = [];
		const damaged: DamagedRun[] = [];
		for (const entry of await this.#all()) {
			const damage = damageOf(entry);
			if (damage === null) runs.push(entry);
			else damaged.push({ id: entry.id, name: String(entry.name || entry.id), damage });
		}
		return { runs, damaged };
	}

	/** Takes away what cannot be read. */
	async drop(id: string): Promise<void> {
		await this.#takeTurn(() => this.#delete(id));
	}

	async #all(): Promise<RunEntry[]> {
		return (await this.#db.getAllFromIndex('runs', 'savedAt')).reverse();
	}

	/** @throws RangeError when there is no such run (any more); RecordError when it is damaged */
	async load(id: string): Promise<KeptRun> {
		const [entry, chunks, going] = await Promise.all([
			this.#db.get('runs', id),
			this.#db.getAll('chunks', chunksOf(id)),
			this.#db.get('snapshots', id)
		]);
		if (!entry) throw new RangeError(`run ${id}: not kept on this machine`);
		const steps = chunks.flatMap((chunk) => chunk.steps);
		const kept = { ...entry.record, steps };
		checkKept(kept);
		const record = withAllReadings(kept);
		return { entry, record, snapshot: going?.snapshot ?? null };
	}

	rename(id: string, name: string): Promise<void> {
		return this.#takeTurn(async () => {
			const entry = await this.#db.get('runs', id);
			if (entry) await this.#db.put('runs', { ...entry, name });
		});
	}

	/** Takes a run away; what is returned puts it back with `restore`. */
	async remove(id: string): Promise<KeptRun> {
		const run = await this.load(id);
		await this.#takeTurn(() => this.#delete(id));
		return run;
	}

	async restore({ entry, record, snapshot }: KeptRun): Promise<void> {
		await this.save(entry.id, record, snapshot);
		// Its name and date.
		await this.#takeTurn(() => this.#db.put('runs', entry));
	}

	close(): void {
		this.#db.close();
	}

	async #prune(present: string): Promise<void> {
		const unnamed = (await this.#all()).filter(({ id, name }) => !name && id !== present);
		// Seldom, so that a run that is written often does not check all others each time.
		if (unnamed.length < MOST_UNNAMED) return;
		const sound = unnamed.filter((entry) => damageOf(entry) === null);
		for (const { id } of sound.slice(MOST_UNNAMED - 1)) await this.#delete(id);
	}

	async #delete(id: string): Promise<void> {
		const writing = this.#db.transaction(['runs', 'chunks', 'snapshots'], 'readwrite');
		await Promise.all([
			writing.objectStore('runs').delete(id),
			writing.objectStore('chunks').delete(chunksOf(id)),
			writing.objectStore('snapshots').delete(id),
			writing.done
		]);
	}

	#takeTurn<T>(action: () => Promise<T>): Promise<T> {
		const turn = this.#turn.then(action);
		this.#turn = turn.catch(() => {});
		return turn;
	}
}

/** What is wrong with an entry, in English; null when nothing is. */
function damageOf(entry: RunEntry): string | null {
	try {
		checkHead(entry.record);
	} catch (error) {
		if (!(error instanceof RecordError)) throw error;
		return error.message;
	}
	const { name, steps, sketch, experiment } = { ...entry, ...entry.record };
	const sound =
		typeof name === 'string' &&
		Number.isInteger(steps) &&
		Array.isArray(sketch) &&
		sketch.length === experiment.lanes.length &&
		sketch.every(Array.isArray);
	return sound ? null : 'name, steps or sketch: not as they were written';
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
