/** The worker that imports users' images: it looks at files, shows what they hold, and keeps them, without blocking the page. */
import * as Comlink from 'comlink';
import jpegUrl from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm?url';
import {
	ImportError,
	look,
	NO_CHOICES,
	type Brought,
	type Card,
	type Choices,
	type Decoders,
	type ImageSet,
	type ImportProgress,
	type ImportRefusal
} from '$lib/data/import';
import { canvasIsExact } from '$lib/base/exactCanvas';
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

/** A set as it would be kept. */
export interface ShownSet {
	readonly card: Card;
	/** Some of its training images before they are turned, `[n, side, side, channels]`. */
	readonly samples: Uint8Array;
}

const SAMPLES = 12;
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
			this.#set = await look(files, DECODERS, seldom(onProgress));
			return this.#show(choices ?? NO_CHOICES);
		});
	}

	/** The set as it would be kept with other choices. */
	choose(choices: Choices): Promise<ShownSet | Failed> {
		return answer(() => this.#show(choices));
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

	async #show(choices: Choices): Promise<ShownSet> {
		const card = await this.#looked.card(choices);
		return { card, samples: await this.#looked.samples(choices, SAMPLES) };
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

let exact: Promise<boolean> | null = null;

const DECODERS: Decoders = {
	async jpeg() {
		const response = await fetch(jpegUrl);
		return WebAssembly.compile(await response.arrayBuffer());
	},
	async browser(picture) {
		if (!(await (exact ??= canvasIsExact())))
			throw new Error('this browser changes the pixels that pages read, against fingerprinting');
		const bitmap = await createImageBitmap(picture, {
			colorSpaceConversion: 'none',
			premultiplyAlpha: 'none'
		});
		const { width, height } = bitmap;
		const context = new OffscreenCanvas(width, height).getContext('2d');
		if (!context) throw new Error('the browser draws on no canvas');
		context.drawImage(bitmap, 0, 0);
		bitmap.close();
		return context.getImageData(0, 0, width, height);
	}
};

Comlink.expose(new Importer());
