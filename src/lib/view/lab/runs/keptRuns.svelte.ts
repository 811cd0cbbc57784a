/** The runs kept on this machine, as the lab uses them: lists, overlays, removes and restores them. */
import {
	claimed,
	comparedRun,
	MOST_COMPARED,
	runClaim,
	RunStore,
	type ComparedRun,
	type DamagedRun,
	type KeptRun,
	type RunEntry,
	type RunRecord
} from '$lib/lab';
import { uniqueName } from '$lib/base/uniqueName';
import { m } from '$lib/paraglide/messages';
import { formatDetail } from '../../words/format';
import { presetName } from '../../words/experiment';
import { storeText } from '../../words/failures';
import { saveRecord, type RecordFormat } from './files';

export class KeptRuns {
	store = $state.raw<RunStore | null>(null);
	entries = $state.raw<readonly RunEntry[]>([]);
	/** Runs that cannot be read. */
	damaged = $state.raw<readonly DamagedRun[]>([]);
	/** Runs overlaid on the one on the screen. */
	compared = $state.raw<readonly ComparedRun[]>([]);
	removed = $state.raw<KeptRun | null>(null);
	/** Names of the claims (`runClaim`) held by any tab; null if unknown. */
	claims = $state.raw<ReadonlySet<string> | null>(null);
	/** The run that was left last, until the user opens something else. */
	last = $state.raw<RunEntry | null>(null);
	/** A run that the user wanted to continue here but that is open in another tab. */
	taken = $state.raw<string | null>(null);
	/** Problems with runs and files, each with its name. */
	problems = $state.raw<readonly string[]>([]);

	tell(problem: string): void {
		this.problems = [...this.problems, problem];
	}

	/** @throws StoreError if this browser stores nothing */
	async open(): Promise<RunStore> {
		this.store = await RunStore.open();
		await this.#survey(this.store);
		return this.store;
	}

	close(): void {
		this.store?.close();
	}

	/** Refreshes the list. */
	async list(): Promise<void> {
		if (!this.store) return;
		try {
			await this.#survey(this.store);
		} catch (error) {
			this.tell(m.notice_runs({ detail: formatDetail(storeText(error)) }));
		}
	}

	async #survey(store: RunStore): Promise<void> {
		const { runs, damaged } = await store.survey();
		this.claims = await claimed();
		this.entries = runs;
		this.damaged = damaged;
	}

	/** Whether a run is open in another tab; `own` is the run open in this one. */
	isElsewhere(id: string, own: string | null): boolean {
		return id !== own && Boolean(this.claims?.has(runClaim(id)));
	}

	/** Runs an action on the store, reports problems, and refreshes the list. */
	async change(action: (store: RunStore) => Promise<unknown>): Promise<void> {
		if (!this.store) return;
		try {
			await action(this.store);
		} catch (error) {
			this.tell(m.notice_run({ detail: formatDetail(storeText(error)) }));
		}
		await this.list();
	}

	/** Loads a run and passes it to an action. */
	use(id: string, action: (run: KeptRun) => unknown): Promise<void> {
		return this.change(async (store) => action(await store.load(id)));
	}

	compare(id: string): Promise<void> {
		return this.use(id, ({ entry, record }) => this.#overlay(id, entry.name, record));
	}

	uncompare(id: string): void {
		this.compared = this.compared.filter((run) => run.id !== id);
	}

	/** Stores a record from a file and overlays it on the run on the screen, also if it cannot be stored. */
	async addCompared(name: string, record: RunRecord): Promise<void> {
		let id = uniqueName();
		await this.change(async (store) => (id = await store.add(record, name)));
		try {
			this.#overlay(id, name, record);
		} catch (error) {
			if (!(error instanceof RangeError)) throw error;
			const { message } = error;
			if (!this.problems.includes(message)) this.tell(message);
		}
	}

	/** @throws RangeError if there are more runs than can be told apart */
	#overlay(id: string, name: string, record: RunRecord): void {
		if (this.compared.length >= MOST_COMPARED)
			throw new RangeError(m.compare_most({ most: MOST_COMPARED }));
		const { preset, seed } = record.experiment;
		const title = name || m.compared_seed({ name: presetName(preset), seed });
		this.compared = [...this.compared, comparedRun(id, title, record)];
	}

	/** Removes a run, unless it is open in a tab. */
	remove(id: string): Promise<void> {
		return this.change(async (store) => {
			this.claims = await claimed();
			if (this.claims.has(runClaim(id))) throw new RangeError(m.runs_in_use());
			this.removed = await store.remove(id);
		});
	}

	/** Restores the run that was removed last. */
	restore(): Promise<void> {
		return this.change(async (store) => {
			if (this.removed) await store.restore(this.removed);
			this.removed = null;
		});
	}

	save(id: string, format: RecordFormat): Promise<void> {
		return this.use(id, ({ record }) => saveRecord(record, format));
	}
}
