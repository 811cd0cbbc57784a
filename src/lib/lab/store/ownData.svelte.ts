/** The page's side of the data that users bring: the list, what is being read, what went wrong, what can be put back. */
import * as Comlink from 'comlink';
import type { Brought, ImportProgress } from '$lib/data/import';
import { askWorker } from '$lib/base/askWorker';
import { StoreError } from './database';
import type { Imported, Importer, ImportProblem, PictureChoice } from './importWorker';
import importFile from './importWorker?worker&url';
import { OwnDataStore, type OwnSet } from './ownData';

export class OwnDataSession {
	sets = $state.raw<readonly OwnSet[]>([]);
	/** Null while nothing is being read. */
	progress = $state.raw<ImportProgress | null>(null);
	problem = $state.raw<ImportProblem | null>(null);
	/** The set that was removed last and can be put back. */
	removed = $state.raw<OwnSet | null>(null);
	/** Why nothing can be kept on this machine; null while it can. */
	notKept = $state.raw<StoreError | null>(null);

	#store: OwnDataStore | null = null;
	/** Of what is being read. */
	#reading: AbortController | null = null;

	open(): Promise<void> {
		return this.#withStore(async () => {
			this.#store = await OwnDataStore.open();
			await this.#store.purge();
		});
	}

	/** Reads files in a worker and keeps them as a set; null when nothing was kept, `problem` says why. */
	async read(files: readonly Brought[], choice: PictureChoice): Promise<OwnSet | null> {
		const store = this.#store;
		if (this.#reading || !store) return null;
		const reading = (this.#reading = new AbortController());
		const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
		this.progress = { bytes: 0, total, images: 0 };
		this.problem = null;
		// Browsers may clear what they were not asked to keep; a refusal changes nothing here.
		void navigator.storage?.persist?.();
		let set: OwnSet | null = null;
		await this.#withStore(async () => {
			const pack = await store.begin();
			try {
				const outcome = await this.#readInWorker(pack, files, choice, reading.signal);
				if ('set' in outcome) set = outcome.set;
				else if (!reading.signal.aborted) this.problem = outcome.problem;
			} finally {
				// Nothing of what was written stays behind, whatever it was that ended it.
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

	/** Ends reading; what it has kept so far is cleared away. */
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

	/** Does something with the store, and lists what is there afterwards. */
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
