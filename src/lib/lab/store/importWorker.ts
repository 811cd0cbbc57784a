/** The worker that reads what users bring: unpacks, checks and keeps it, so that the page never waits for that. */
import * as Comlink from 'comlink';
import { importImages, ImportError, type Brought, type ImportProgress } from '$lib/data/import';
import { imageBytes } from '$lib/data/pixels';
import { StoreError, type StoreFault } from './database';
import { OwnDataStore, type OwnSet } from './ownData';

/** Why nothing was kept. Texts are technical and in English. */
export type ImportProblem =
	| {
			readonly code: 'file';
			readonly file: string;
			readonly offset: number | null;
			readonly expected: string;
			readonly found: string;
	  }
	/** The browser gives no more room; bytes in use and given, where it says. */
	| { readonly code: 'full'; readonly used: number | null; readonly room: number | null }
	/** The browser's store does not do what it is asked for. */
	| { readonly code: 'store'; readonly fault: StoreFault; readonly detail: string }
	| { readonly code: 'failed'; readonly detail: string };

export type Imported = { readonly set: OwnSet } | { readonly problem: ImportProblem };

/** How pictures of a folder become images. */
export interface PictureChoice {
	readonly side: number;
	readonly channels: 1 | 3;
}

export class Importer {
	/** Answers when the worker has started. */
	start(): void {}

	/**
	 * An error's class does not cross a worker's boundary, so that a problem is a value.
	 * @param pack the name under which its files are written; whoever gave it discards it when nothing comes of it
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

/** The middle square of a picture, scaled; grey by its luma. */
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
