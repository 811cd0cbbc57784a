/** The page's side of users' data sets: the list, the import in progress, its problem, and the removed set that can be restored. */
import * as Comlink from 'comlink';
import { NO_CHOICES, type Choices } from '$lib/data/import/choices';
import type { Brought, ImportProgress, ShownSet } from '$lib/data/import';
import { AskedWorker } from '$lib/base/askWorker';
import { StoreError } from './database';
import type { Importer, ImportProblem } from './importWorker';
import importFile from './importWorker?worker&url';
import { OwnDataStore, type OwnSet } from './ownData';

type Failed = { readonly problem: ImportProblem };

export class OwnDataSession {
	sets = $state.raw<readonly OwnSet[]>([]);
	/** Progress of the import; null while nothing is being read. */
	progress = $state.raw<ImportProgress | null>(null);
	/** The set that would be kept, for the user to check; null if there is none. */
	shown = $state.raw<ShownSet | null>(null);
	problem = $state.raw<ImportProblem | null>(null);
	/** The set that was removed last and can still be restored. */
	removed = $state.raw<OwnSet | null>(null);
	/** Why nothing can be stored on this machine; null if it can. */
	notKept = $state.raw<StoreError | null>(null);

	#store: OwnDataStore | null = null;
	/** Holds the files that are being looked at. */
	#worker: AskedWorker<Importer> | null = null;

	open(): Promise<void> {
		return this.#withStore(async () => {
			this.#store = await OwnDataStore.open();
			await this.#store.purge();
		});
	}

	/** Looks at files in a worker; `shown` or `problem` then say what they hold. */
	async look(files: readonly Brought[]): Promise<void> {
		if (this.#worker || !this.#store) return;
		this.problem = null;
		const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
		this.progress = { step: 'look', done: 0, total };
		const worker = (this.#worker = new AskedWorker<Importer>(
			new Worker(importFile, { type: 'module', name: 'import' })
		));
		this.#show(worker, await this.#ask((importer, told) => importer.look(files, null, told)));
	}

	/** Shows the set as it would be kept with other choices. */
	async choose(change: Partial<Choices>): Promise<void> {
		const worker = this.#worker;
		if (!worker || !this.shown) return;
		const choices = { ...this.#choices, ...change };
		this.#choices = choices;
		this.#show(worker, await this.#ask((importer) => importer.choose(choices)));
	}
	#choices: Choices = NO_CHOICES;

	#show(worker: AskedWorker<Importer>, answer: ShownSet | Failed): void {
		// Cancelled meanwhile.
		if (worker !== this.#worker) return;
		this.progress = null;
		if ('problem' in answer) this.#stop(answer.problem);
		else this.shown = answer;
	}

	/** Keeps the set that is shown; returns null if that failed, and `problem` says why. */
	async keep(): Promise<OwnSet | null> {
		const [worker, store, shown] = [this.#worker, this.#store, this.shown];
		if (!worker || !store || !shown) return null;
		const total = shown.card.classes.reduce((sum, { train, test }) => sum + train + test, 0);
		this.progress = { step: 'keep', done: 0, total };
		// Ask the browser not to evict the data; if it refuses, storing works all the same.
		void navigator.storage?.persist?.();
		let set: OwnSet | null = null;
		await this.#withStore(async () => {
			const pack = await store.begin();
			try {
				const answer = await this.#ask((importer, told) =>
					importer.keep(pack, this.#choices, told)
				);
				if (worker !== this.#worker) return;
				if ('set' in answer) set = answer.set;
				this.#stop('problem' in answer ? answer.problem : null);
			} finally {
				// Delete everything written so far, however the import ended.
				if (!set) await store.discard(pack);
			}
		});
		return set;
	}

	async #ask<T>(
		call: (
			importer: Comlink.Remote<Importer>,
			told: (progress: ImportProgress) => void
		) => Promise<T | Failed>
	): Promise<T | Failed> {
		const worker = this.#worker;
		const told = Comlink.proxy((progress: ImportProgress) => {
			if (worker === this.#worker && this.progress) this.progress = progress;
		});
		try {
			if (!worker) throw new Error('cancelled');
			return await worker.ask((importer) => call(importer, told));
		} catch (error) {
			return { problem: { code: 'failed', detail: (error as Error).message } };
		}
	}

	/** Cancels the import; everything it has stored so far is deleted. */
	cancel(): void {
		this.#stop(null);
	}

	#stop(problem: ImportProblem | null): void {
		this.#worker?.end();
		this.#worker = null;
		this.#choices = NO_CHOICES;
		this.shown = null;
		this.progress = null;
		this.problem = problem;
	}

	/** All files of a set by name. @throws Error if the browser no longer has it */
	async files(set: OwnSet): Promise<ReadonlyMap<string, Uint8Array>> {
		let files: ReadonlyMap<string, Uint8Array> | null = null;
		await this.#withStore(async () => {
			files = (await this.#store?.files(set)) ?? null;
		});
		if (!files) throw new Error(this.notKept?.message ?? set.id);
		return files;
	}

	remove(set: OwnSet): Promise<void> {
		return this.#withStore(async () => {
			await this.#store?.remove(set.id);
			this.removed = set;
		});
	}

	undo(): Promise<void> {
		return this.#withStore(async () => {
			if (this.removed) await this.#store?.restore(this.removed.id);
			this.removed = null;
		});
	}

	close(): void {
		this.#stop(null);
		this.#store?.close();
	}

	/** Runs an action on the store, then lists its sets again. */
	async #withStore(action: () => Promise<void>): Promise<void> {
		try {
			await action();
			this.sets = (await this.#store?.list()) ?? [];
			this.notKept = null;
		} catch (error) {
			if (!(error instanceof StoreError)) throw error;
			this.notKept = error;
		}
	}
}
