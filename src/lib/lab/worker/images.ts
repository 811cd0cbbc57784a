/** Opens the images of an experiment in the worker, from the app's packs or the user's own sets, and describes them to the page. */
import { fetchFile } from '$lib/base/fetchFile';
import { findDataSet, inputShape, openDataSet, OWN, parseManifest, type DataSet } from '$lib/data';
import type { Experiment } from '../experiment/experiment';
import { OwnDataStore } from '../store/ownData';
import { FailureError } from './failure';
import type { ImagesInfo, Report, TestImages } from './protocol';

/** Interval, in milliseconds, at which the page is told that images are still arriving. */
const ALIVE_EVERY_MS = 2000;

/**
 * @param dataUrl absolute address of the app's packs, ending with a slash
 * @throws FailureError if a user's own set is not on this machine; FetchError
 */
export async function openImages(
	id: string,
	dataUrl: string,
	tell: (report: Report) => void
): Promise<DataSet> {
	const onProgress = (bytes: number, total: number) => tell({ kind: 'data', bytes, total });
	if (id.startsWith(OWN)) {
		const store = await OwnDataStore.open().catch(() => null);
		const own = await store?.find(id);
		if (!store || !own) throw new FailureError({ code: 'no-set', id });
		return openDataSet(own.manifest, { load: (file) => store.file(own.pack, file), onProgress });
	}
	let toldAt = -Infinity;
	const onChunk = () => {
		const now = performance.now();
		if (now - toldAt < ALIVE_EVERY_MS) return;
		toldAt = now;
		tell({ kind: 'alive' });
	};
	const base = new URL(findDataSet(id).folder, dataUrl).href;
	const load = (file: string) => fetchFile(new URL(file, base).href, onChunk);
	const manifest = parseManifest(new TextDecoder().decode(await load('manifest.json')));
	return openDataSet(manifest, { load, onProgress });
}

export function imagesInfo({ manifest }: DataSet, { data }: Experiment): ImagesInfo {
	return {
		title: manifest.title,
		set: data.set,
		input: inputShape(manifest, data),
		sizes: {
			half: inputShape(manifest, { halve: true })[0],
			full: inputShape(manifest, { halve: false })[0]
		},
		classes: manifest.classes,
		train: manifest.splits.train.count,
		test: manifest.splits.test.count
	};
}

/** @throws ShardError if they cannot be fetched */
export async function testImages(set: DataSet, indices: readonly number[]): Promise<TestImages> {
	const { shape } = set.manifest;
	await set.ready('test', Math.max(...indices) + 1);
	const images = indices.map((index) => set.image('test', index));
	const size = shape[0] * shape[1] * shape[2];
	const pixels = new Uint8Array(images.length * size);
	images.forEach((image, i) => pixels.set(image.pixels, i * size));
	return { indices, pixels, shape, labels: images.map(({ label }) => label) };
}
