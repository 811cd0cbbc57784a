/** The page's side of users' data sets: the list, the import in progress, its problem, and the removed set that can be restored. */
import * as Comlink from 'comlink';
import type { Brought, ImportProgress } from '$lib/data/import';
import { askWorker } from '$lib/base/askWorker';
import { StoreError } from './database';
import type { Imported, Importer, ImportProblem, PictureChoice } from './importWorker';
import importFile from './importWorker?worker&url';
import { OwnDataStore, type OwnSet } from './ownData';

export class OwnDataSession {
	sets = $state.raw<readonly OwnSet[]>([]);
	/** Progress of the import; null if there is none. */
	progress = $state.raw<ImportProgress | null>(null);
	problem = $state.raw<ImportProblem | null>(null);
	/** The set that was removed last and can still be restored. */
	removed = $state.raw<OwnSet | null>(null);
	/** Why nothing can be stored on this machine; null if it can. */
	notKept = $state.raw<StoreError | null>(null);

	#store: OwnDataStore | null = null;
	/** Cancels the import in progress. */
	#reading: AbortController | null = null;

	open(): Promise<void> {
		return this.#withStore(async () => {
			this.#store = await OwnDataStore.open();
			await this.#store.purge();
		});
	}

	/** Imports files in a worker and stores them as a set; returns null if that failed, and `problem` says why. */
	async read(files: readonly Brought[], choice: PictureChoice): Promise<OwnSet | null> {
		const store = this.#store;
		if (this.#reading || !store) return null;
		const reading = (this.#reading = new AbortController());
		const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
		this.progress = { bytes: 0, total, images: 0 };
		this.problem = null;
		// Ask the browser not to evict the data; if it refuses, storing works all the same.
		void navigator.storage?.persist?.();
		let set: OwnSet | null = null;
		await this.#withStore(async () => {
			const pack = await store.begin();
			try {
				const outcome = await this.#readInWorker(pack, files, choice, reading.signal);
				if ('set' in outcome) set = outcome.set;
				else if (!reading.signal.aborted) this.problem = outcome.problem;
			} finally {
				// Delete everything written so far, however the import ended.
				if (!set) await store.discard(pack);
			}
		});
		this.#reading = null;
		this.progress = null;
		return set;
	}

	async #readInWorker(
		pack: string,
		files: readonly Brought[],
		choice: PictureChoice,
		signal: AbortSignal
	): Promise<Imported> {
		const worker = new Worker(importFile, { type: 'module', name: 'import' });
		const told = Comlink.proxy((progress: ImportProgress) => {
			if (!signal.aborted) this.progress = progress;
		});
		try {
			return await askWorker<Importer, Imported>(
				worker,
				(importer) => importer.read(pack, files, choice, told),
				signal
			);
		} catch (error) {
			return { problem: { code: 'failed', detail: (error as Error).message } };
		}
	}

	/** Cancels the import; everything it has stored so far is deleted. */
	cancel(): void {
		this.#reading?.abort();
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
		this.#reading?.abort();
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
