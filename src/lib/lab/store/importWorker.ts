/** The worker that imports users' images: it looks at files, shows what they hold, and keeps them, without blocking the page. */
import * as Comlink from 'comlink';
import {
	ImportError,
	look,
	NO_CHOICES,
	type Brought,
	type Choices,
	type ImageSet,
	type ImportProgress,
	type ImportRefusal,
	type ShownSet
} from '$lib/data/import';
import { BROWSER_DECODERS } from '$lib/data/import/browserDecoders';
import { StoreError, type StoreFault } from './database';
import { OwnDataStore, type OwnSet } from './ownData';

/** Why an import failed. Texts are technical and in English. */
export type ImportProblem =
	| ImportRefusal
	/** The browser's storage is full; bytes used and allowed, if it reports them. */
	| { readonly code: 'full'; readonly used: number | null; readonly room: number | null }
	/** The browser's storage failed. */
	| { readonly code: 'store'; readonly fault: StoreFault; readonly detail: string }
	| { readonly code: 'failed'; readonly detail: string };
type Failed = { readonly problem: ImportProblem };

/** Progress is reported this often at most, in milliseconds. */
const REPORT_MS = 100;

/** Problems are returned as values, because an error loses its class when it leaves a worker. */
export class Importer {
	#set: ImageSet | null = null;

	/** Does nothing: its answer shows that the worker has started. */
	start(): void {}

	look(
		files: readonly Brought[],
		choices: Choices | null,
		onProgress: (progress: ImportProgress) => void
	): Promise<ShownSet | Failed> {
		return answer(async () => {
			this.#set = await look(files, BROWSER_DECODERS, seldom(onProgress));
			return this.#set.show(choices ?? NO_CHOICES);
		});
	}

	/** The set as it would be kept with other choices. */
	choose(choices: Choices): Promise<ShownSet | Failed> {
		return answer(() => this.#looked.show(choices));
	}

	/** @param pack the name under which its files are written; the caller discards it if this fails */
	keep(
		pack: string,
		choices: Choices,
		onProgress: (progress: ImportProgress) => void
	): Promise<{ readonly set: OwnSet } | Failed> {
		return answer(async () => {
			const store = await OwnDataStore.open();
			try {
				const put = (file: string, bytes: Uint8Array) => store.put(pack, file, bytes);
				const kept = await this.#looked.keep(choices, put, seldom(onProgress));
				return { set: await store.finish(pack, kept.pack, kept.card) };
			} finally {
				store.close();
			}
		});
	}

	get #looked(): ImageSet {
		if (!this.#set) throw new Error('no files were looked at');
		return this.#set;
	}
}

async function answer<T>(ask: () => Promise<T>): Promise<T | Failed> {
	try {
		return await ask();
	} catch (error) {
		return { problem: await problemOf(error) };
	}
}

async function problemOf(error: unknown): Promise<ImportProblem> {
	if (error instanceof ImportError) return error.problem;
	if (error instanceof StoreError && error.fault === 'full') {
		const { usage = null, quota = null } = (await navigator.storage?.estimate()) ?? {};
		return { code: 'full', used: usage, room: quota };
	}
	if (error instanceof StoreError)
		return { code: 'store', fault: error.fault, detail: error.message };
	return { code: 'failed', detail: error instanceof Error ? error.message : String(error) };
}

function seldom(report: (progress: ImportProgress) => void): typeof report {
	let told = -Infinity;
	return (progress) => {
		const now = performance.now();
		if (now - told < REPORT_MS) return;
		told = now;
		report(progress);
	};
}

Comlink.expose(new Importer());
