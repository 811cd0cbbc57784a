/** The runs kept on this machine, as the lab shows them: listed, laid over the one on the screen, removed and put back. */
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
import { m } from '$lib/paraglide/messages';
import { formatDetail } from '../../words/format';
import { presetName } from '../../words/experiment';
import { storeText } from '../../words/failures';
import { saveRecord, type RecordFormat } from './files';

export class KeptRuns {
	store = $state.raw<RunStore | null>(null);
	entries = $state.raw<readonly RunEntry[]>([]);
	/** Those that cannot be read. */
	damaged = $state.raw<readonly DamagedRun[]>([]);
	/** Laid over the one on the screen. */
	compared = $state.raw<readonly ComparedRun[]>([]);
	removed = $state.raw<KeptRun | null>(null);
	/** Claims that some tab holds, for `runClaim`. */
	claims = $state.raw<ReadonlySet<string> | null>(null);
	/** The run that was left last, while nothing else has been asked for. */
	last = $state.raw<RunEntry | null>(null);
	/** The run that another tab has on its screen, where this one was asked to go on with it. */
	taken = $state.raw<string | null>(null);
	/** What is wrong with runs and files, each by its name. */
	problems = $state.raw<readonly string[]>([]);

	tell(problem: string): void {
		this.problems = [...this.problems, problem];
	}

	/** @throws StoreError when this browser keeps nothing */
	async open(): Promise<RunStore> {
		this.store = await RunStore.open();
		await this.#survey(this.store);
		return this.store;
	}

	close(): void {
		this.store?.close();
	}

	/** Lists them as they are now. */
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

	/** Whether another tab has the run on its screen; `own` is the one on this tab's. */
	isElsewhere(id: string, own: string | null): boolean {
		return id !== own && Boolean(this.claims?.has(runClaim(id)));
	}

	/** Does something with them, tells what went wrong, and shows what became of them. */
	async change(action: (store: RunStore) => Promise<unknown>): Promise<void> {
		if (!this.store) return;
		try {
			await action(this.store);
		} catch (error) {
			this.tell(m.notice_run({ detail: formatDetail(storeText(error)) }));
		}
		await this.list();
	}

	/** Loads one and does something with it. */
	use(id: string, action: (run: KeptRun) => unknown): Promise<void> {
		return this.change(async (store) => action(await store.load(id)));
	}

	compare(id: string): Promise<void> {
		return this.use(id, ({ entry, record }) => this.#overlay(id, entry.name, record));
	}

	uncompare(id: string): void {
		this.compared = this.compared.filter((run) => run.id !== id);
	}

	/** Keeps records from elsewhere and lays them over the run on the screen. */
	addCompared(records: readonly { readonly name: string; readonly record: RunRecord }[]) {
		return this.change(async (store) => {
			for (const { name, record } of records)
				this.#overlay(await store.add(record, name), name, record);
		});
	}

	/** @throws RangeError when more are laid over than can be told apart */
	#overlay(id: string, name: string, record: RunRecord): void {
		if (this.compared.length >= MOST_COMPARED)
			throw new RangeError(m.compare_most({ most: MOST_COMPARED }));
		const { preset, seed } = record.experiment;
		const title = name || m.compared_seed({ name: presetName(preset), seed });
		this.compared = [...this.compared, comparedRun(id, title, record)];
	}

	/** Takes a run away, unless a tab has it on its screen. */
	remove(id: string): Promise<void> {
		return this.change(async (store) => {
			this.claims = await claimed();
			if (this.claims.has(runClaim(id))) throw new RangeError(m.runs_in_use());
			this.removed = await store.remove(id);
		});
	}

	/** Puts the one back that was removed last. */
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
