/** The worker that reads what users bring: unpacks, checks and keeps it, so that the page never waits for that. */
import * as Comlink from 'comlink';
import { importImages, ImportError, type Brought, type ImportProgress } from '$lib/data/import';
import { imageBytes } from '$lib/data/pixels';
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
	| { readonly code: 'failed'; readonly detail: string };

export type Imported = { readonly set: OwnSet } | { readonly problem: ImportProblem };

/** How pictures of a folder become images. */
export interface PictureChoice {
	readonly side: number;
	readonly channels: 1 | 3;
}

export class Importer {
	/** An error's class does not cross a worker's boundary, so that a problem is a value. */
	async read(
		files: readonly Brought[],
		choice: PictureChoice,
		onProgress: (progress: ImportProgress) => void
	): Promise<Imported> {
		let store: OwnDataStore | null = null;
		let pack: string | null = null;
		try {
			store = await OwnDataStore.open();
			pack = await store.begin();
			const [keeper, into] = [store, pack];
			let told = 0;
			const written = await importImages(
				files,
				{ ...choice, decode },
				(file, bytes) => keeper.put(into, file, bytes),
				(progress) => {
					const now = performance.now();
					if (now - told < 100) return;
					told = now;
					onProgress(progress);
				}
			);
			return { set: await store.finish(pack, written) };
		} catch (error) {
			if (store && pack) await store.discard(pack).catch(() => {});
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
	if (error instanceof DOMException && error.name === 'QuotaExceededError') {
		const { usage = null, quota = null } = (await navigator.storage?.estimate()) ?? {};
		return { code: 'full', used: usage, room: quota };
	}
	return { code: 'failed', detail: error instanceof Error ? error.message : String(error) };
}

/** The middle square of a picture, scaled; grey by its luma. */
async function decode(blob: Blob, side: number, channels: 1 | 3): Promise<Uint8Array> {
	const bitmap = await createImageBitmap(blob);
	const context = new OffscreenCanvas(side, side).getContext('2d', { willReadFrequently: true })!;
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
