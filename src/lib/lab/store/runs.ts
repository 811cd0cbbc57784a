/**
 * Runs kept on this machine as they go, in IndexedDB: what a reload or a crash must not lose. A run is an entry, which
 * lists read, chunks of its steps, and the snapshot from which it can go on.
 */
import type { DBSchema } from 'idb';
import { Turns } from '$lib/base/turns';
import { uniqueName } from '$lib/base/uniqueName';
import { withNorm } from '../earlier';
import { claimed } from './claim';
import { Database } from './database';
import type { Snapshot } from '../record/snapshot';
import { checkAgreement, checkHead, RecordError, withAllReadings } from '../record/record';
import type { RunRecord, StepRecord } from '../record/record';

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
	/** Which store has written it last, or has taken it over to go on with it; absent in runs of earlier versions. */
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

/** A run that another tab has gone on with: what this one has made of it is another run. */
export class TakenError extends Error {
	override readonly name = 'TakenError';
	constructor(readonly id: string) {
		super(`run ${id}: another tab has gone on with it`);
	}
}

/** Under which a tab claims the run that it trains (`claim.ts`). */
export const runClaim = (id: string) => `run ${id}`;

const ALL: ('runs' | 'chunks' | 'snapshots')[] = ['runs', 'chunks', 'snapshots'];

export class RunStore extends Database<Schema> {
	/** Tells this tab's writing from that of others. */
	readonly #writer = uniqueName();
	/** Writes take turns, so that a chunk is never written twice. */
	readonly #turns = new Turns();

	private constructor(name: string) {
		super(name, 1, (fresh) => {
			fresh.createObjectStore('runs', { keyPath: 'id' }).createIndex('savedAt', 'savedAt');
			fresh.createObjectStore('chunks', { keyPath: ['run', 'first'] });
			fresh.createObjectStore('snapshots', { keyPath: 'run' });
		});
	}

	/** @throws StoreError when the browser keeps nothing; so does every method when it keeps nothing any more */
	static open(name = 'residual-explorer'): Promise<RunStore> {
		return new RunStore(name).open();
	}

	/**
	 * Keeps a run as it stands now. Steps that are kept already are not written again; those kept beyond the record's
	 * end, of a run that went back to a snapshot, are replaced.
	 * @throws TakenError when another tab has gone on with it; nothing of it is overwritten
	 */
	save(id: string, record: RunRecord, snapshot: Snapshot | null): Promise<void> {
		const { steps, ...rest } = record;
		// As they are now: the run goes on while this is written.
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
					record: { ...rest, events: now.events, evaluations: now.evaluations },
					writer: this.#writer
				});
			});
			await this.#prune(id);
		});
	}

	/** Goes on with a run here: a tab that had it can no longer write to it. */
	take(id: string): Promise<void> {
		return this.#change(id, { writer: this.#writer });
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
		for (const kept of await this.#all()) {
			const entry = withNorm(kept);
			const damage = damageOf(entry);
			if (damage === null) runs.push(entry);
			else damaged.push({ id: entry.id, name: String(entry.name || entry.id), damage });
		}
		return { runs, damaged };
	}

	/** Takes away what cannot be read. */
	async drop(id: string): Promise<void> {
		await this.#turns.take(() => this.#delete(id));
	}

	/** As they were written, perhaps by an earlier version. */
	async #all(): Promise<RunEntry[]> {
		const all = await this.transact(['runs'], 'readonly', (reading) =>
			reading.objectStore('runs').index('savedAt').getAll()
		);
		return all.reverse();
	}

	/** @throws RangeError when there is no such run (any more); RecordError when it is damaged */
	async load(id: string): Promise<KeptRun> {
		const [kept, chunks, going] = await this.transact(ALL, 'readonly', (reading) =>
			Promise.all([
				reading.objectStore('runs').get(id),
				reading.objectStore('chunks').getAll(chunksOf(id)),
				reading.objectStore('snapshots').get(id)
			])
		);
		if (!kept) throw new RangeError(`run ${id}: not kept on this machine`);
		const entry = withNorm(kept);
		const steps = chunks.flatMap((chunk) => chunk.steps);
		const whole = { ...entry.record, steps };
		// Apart from the numbers in its steps, which were kept as they are.
		checkHead(entry.record);
		checkAgreement(whole);
		const record = withAllReadings(whole);
		return { entry, record, snapshot: going ? withNorm(going.snapshot) : null };
	}

	rename(id: string, name: string): Promise<void> {
		return this.#change(id, { name });
	}

	/** Changes what an entry says, in one transaction: another tab may be writing to the run. */
	#change(id: string, change: Partial<RunEntry>): Promise<void> {
		return this.#turns.take(() =>
			this.transact(['runs'], 'readwrite', async (writing) => {
				const runs = writing.objectStore('runs');
				const entry = await runs.get(id);
				if (entry) await runs.put({ ...entry, ...change });
			})
		);
	}

	/** Takes a run away; what is returned puts it back with `restore`. */
	async remove(id: string): Promise<KeptRun> {
		const run = await this.load(id);
		await this.#turns.take(() => this.#delete(id));
		return run;
	}

	/** Puts a run back with its name and date; beside what another tab has made of it meanwhile. */
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
		const unnamed = (await this.#all()).filter(({ id, name }) => !name && id !== present);
		// Seldom, so that a run that is written often does not check all others each time.
		if (unnamed.length < MOST_UNNAMED) return;
		const held = await claimed();
		const sound = unnamed.filter(
			(entry) => damageOf(withNorm(entry)) === null && !held.has(runClaim(entry.id))
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
