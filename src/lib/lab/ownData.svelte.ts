/** The page's side of the data that users bring: the list, what is being read, what went wrong, what can be put back. */
import * as Comlink from 'comlink';
import type { Brought, ImportProgress } from '$lib/data/import';
import { importWorker } from './connect';
import type { Importer, ImportProblem, PictureChoice } from './importWorker';
import { OwnDataStore, type OwnSet } from './ownData';

export class OwnDataSession {
	sets = $state.raw<readonly OwnSet[]>([]);
	/** Null while nothing is being read. */
	progress = $state.raw<ImportProgress | null>(null);
	problem = $state.raw<ImportProblem | null>(null);
	/** The set that was removed last and can be put back. */
	removed = $state.raw<OwnSet | null>(null);
	/** Why nothing can be kept on this machine, technical and in English; null while it can. */
	notKept = $state.raw<string | null>(null);

	#store: OwnDataStore | null = null;
	#worker: Worker | null = null;

	async open(): Promise<void> {
		try {
			this.#store = await OwnDataStore.open();
			await this.#store.purge();
			await this.#refresh();
		} catch (error) {
			this.notKept = (error as Error).message;
		}
	}

	/** Reads files in a worker and keeps them as a set; null when nothing was kept, `problem` says why. */
	async read(files: readonly Brought[], choice: PictureChoice): Promise<OwnSet | null> {
		if (this.progress || !this.#store) return null;
		const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
		this.progress = { bytes: 0, total, images: 0 };
		this.problem = null;
		// Browsers may clear what they were not asked to keep; a refusal changes nothing here.
		void navigator.storage?.persist?.();
		const worker = importWorker();
		this.#worker = worker;
		const failed = new Promise<{ problem: ImportProblem }>((resolve) => {
			worker.onerror = (event) =>
				resolve({ problem: { code: 'failed', detail: event.message ?? 'worker' } });
			this.#cancelled = () => resolve({ problem: { code: 'failed', detail: 'cancelled' } });
		});
		const importer = Comlink.wrap<Importer>(worker);
		const told = Comlink.proxy((progress: ImportProgress) => (this.progress = progress));
		const outcome = await Promise.race([importer.read(files, choice, told), failed]);
		worker.terminate();
		this.#worker = null;
		this.progress = null;
		if ('problem' in outcome) {
			if (!this.#wasCancelled) this.problem = outcome.problem;
			this.#wasCancelled = false;
			return null;
		}
		await this.#refresh();
		return outcome.set;
	}
	#cancelled: () => void = () => {};
	#wasCancelled = false;

	/** Ends reading; what it has kept so far is cleared away. */
	cancel(): void {
		if (!this.#worker) return;
		this.#wasCancelled = true;
		this.#cancelled();
	}

	async remove(set: OwnSet): Promise<void> {
		await this.#store?.remove(set.id);
		this.removed = set;
		await this.#refresh();
	}

	async undo(): Promise<void> {
		if (this.removed) await this.#store?.restore(this.removed.id);
		this.removed = null;
		await this.#refresh();
	}

	close(): void {
		this.#worker?.terminate();
		this.#store?.close();
	}

	async #refresh(): Promise<void> {
		this.sets = (await this.#store?.list()) ?? [];
	}
}
