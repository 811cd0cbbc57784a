/** The worker that imports users' images: it unpacks, checks and stores them without blocking the page. */
import * as Comlink from 'comlink';
import { importImages, ImportError, type Brought, type ImportProgress } from '$lib/data/import';
import { imageBytes } from '$lib/data/pixels';
import { StoreError, type StoreFault } from './database';
import { OwnDataStore, type OwnSet } from './ownData';

/** Why an import failed. Texts are technical and in English. */
export type ImportProblem =
	| {
			readonly code: 'file';
			readonly file: string;
			readonly offset: number | null;
			readonly expected: string;
			readonly found: string;
	  }
	/** The browser's storage is full; bytes used and allowed, if it reports them. */
	| { readonly code: 'full'; readonly used: number | null; readonly room: number | null }
	/** The browser's storage failed. */
	| { readonly code: 'store'; readonly fault: StoreFault; readonly detail: string }
	| { readonly code: 'failed'; readonly detail: string };

export type Imported = { readonly set: OwnSet } | { readonly problem: ImportProblem };

/** How to convert the pictures of a folder to images. */
export interface PictureChoice {
	readonly side: number;
	readonly channels: 1 | 3;
}

export class Importer {
	/** Does nothing: its answer shows that the worker has started. */
	start(): void {}

	/**
	 * Reads and stores a data set. Returns problems as values, because an error loses its class when it leaves a
	 * worker.
	 * @param pack the name under which its files are written; the caller discards it if the import fails
	 */
	async read(
		pack: string,
		files: readonly Brought[],
		choice: PictureChoice,
		onProgress: (progress: ImportProgress) => void
	): Promise<Imported> {
		let store: OwnDataStore | null = null;
		try {
			const keeper = (store = await OwnDataStore.open());
			let told = 0;
			const written = await importImages(
				files,
				{ ...choice, decode },
				(file, bytes) => keeper.put(pack, file, bytes),
				(progress) => {
					const now = performance.now();
					if (now - told < 100) return;
					told = now;
					onProgress(progress);
				}
			);
			return { set: await keeper.finish(pack, written) };
		} catch (error) {
			return { problem: await problemOf(error) };
		} finally {
			store?.close();
		}
	}
}

async function problemOf(error: unknown): Promise<ImportProblem> {
	if (error instanceof ImportError) {
		const { file, offset, expected, found } = error;
		return { code: 'file', file, offset, expected, found };
	}
	if (error instanceof StoreError && error.fault === 'full') {
		const { usage = null, quota = null } = (await navigator.storage?.estimate()) ?? {};
		return { code: 'full', used: usage, room: quota };
	}
	if (error instanceof StoreError)
		return { code: 'store', fault: error.fault, detail: error.message };
	return { code: 'failed', detail: error instanceof Error ? error.message : String(error) };
}

/** Decodes the central square of a picture and scales it; grey values are its luma. */
async function decode(blob: Blob, side: number, channels: 1 | 3): Promise<Uint8Array> {
	const bitmap = await createImageBitmap(blob);
	const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true });
	if (!context) throw new Error('the browser draws on no canvas');
	context.imageSmoothingQuality = 'high';
	const square = Math.min(bitmap.width, bitmap.height);
	const left = (bitmap.width - square) / 2;
	const top = (bitmap.height - square) / 2;
	context.drawImage(bitmap, left, top, square, square, 0, 0, side, side);
	bitmap.close();
	const { data } = context.getImageData(0, 0, side, side);
	return imageBytes(data, channels);
}

Comlink.expose(new Importer());
