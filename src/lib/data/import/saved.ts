/** A set that was saved as one file on another machine: a zip of its manifest, its shards, and how it was made. */
import { OWN } from '../catalogue';
import { ManifestError, parseManifest, type Manifest, type Split } from '../manifest';
import { openDataSet, ShardError, type DataSet } from '../shards';
import { ownId, type Card } from './arrange';
import { lastOfPath, type Entry } from './entries';
import type { ImageSet, ImportProgress, ShownSet } from './imageSet';
import { damaged, ImportError } from './problem';
import { TURNS } from './raster';
import { SAMPLES } from './writer';

/** Files of a pack besides its manifest and shards: which pictures it was made of, and how. */
export const MADE_FROM = { table: 'images.csv', options: 'images.json' } as const;

/** @returns null if there is no manifest of a pack among the files @throws ImportError */
export async function findSaved(entries: readonly Entry[]): Promise<SavedSet | null> {
	const found = entries.find(({ path }) => lastOfPath(path) === 'manifest.json');
	if (!found) return null;
	const text = new TextDecoder().decode(await found.bytes());
	if (!text.includes('"splits"')) return null;
	let manifest: Manifest;
	try {
		manifest = parseManifest(text);
	} catch (error) {
		if (!(error instanceof ManifestError)) throw error;
		throw damaged(found.path, null, 'the manifest of an image set', error.message);
	}
	const folder = found.path.slice(0, -'manifest.json'.length);
	const files = new Map(entries.map((entry) => [entry.path, entry]));
	const id = manifest.id.startsWith(OWN) ? manifest.id : ownId(text);
	return new SavedSet({ ...manifest, id }, (name) => files.get(folder + name) ?? null, folder);
}

class SavedSet implements ImageSet {
	#set: DataSet | null = null;

	constructor(
		private readonly manifest: Manifest,
		private readonly file: (name: string) => Entry | null,
		private readonly folder: string
	) {}

	async show(): Promise<ShownSet> {
		const set = await this.#open();
		return { card: this.#card(set), samples: this.#samples(set) };
	}

	#card(set: DataSet): Card {
		const { id, title, source, classes, shape, splits } = this.manifest;
		const counts = { train: classes.map(() => 0), test: classes.map(() => 0) };
		for (const split of ['train', 'test'] as const)
			for (let i = 0; i < splits[split].count; i++) counts[split][set.image(split, i).label]++;
		const [side, width, channels] = shape;
		if (side !== width || (channels !== 1 && channels !== 3))
			throw damaged(this.folder, null, 'square images of 1 or 3 channels', shape.join('×'));
		return {
			id,
			title,
			source,
			classes: classes.map((name, i) => ({ name, train: counts.train[i], test: counts.test[i] })),
			image: { side, channels, fit: 'cut', background: 'white', turn: 'none' },
			leftOut: [],
			warnings: [],
			options: {
				labellings: [{ name: 'saved', classes }],
				sets: [title],
				sides: [side],
				turns: [TURNS[0]],
				backgrounds: ['white']
			},
			labelling: 'saved',
			set: title
		};
	}

	#samples(set: DataSet): Uint8Array {
		const images = Array.from(
			{ length: Math.min(SAMPLES, this.manifest.splits.train.count) },
			(_, i) => set.image('train', i).pixels
		);
		const [size] = images.map(({ length }) => length);
		const samples = new Uint8Array(images.length * size);
		images.forEach((pixels, i) => samples.set(pixels, i * size));
		return samples;
	}

	async keep(
		_: unknown,
		put: (file: string, bytes: Uint8Array) => Promise<void>,
		onProgress: (progress: ImportProgress) => void
	) {
		const { card, samples } = await this.show();
		const shards = (['train', 'test'] as const).flatMap(
			(split: Split) => this.manifest.splits[split].shards
		);
		const made = Object.values(MADE_FROM).filter((name) => this.file(name));
		const names = [...shards.map(({ file }) => file), ...made];
		for (const [done, name] of names.entries()) {
			await put(name, await this.#bytes(name));
			onProgress({ step: 'keep', done: done + 1, total: names.length });
		}
		return { pack: { manifest: this.manifest, samples }, card };
	}

	async #bytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
		const entry = this.file(name);
		if (!entry)
			throw damaged(this.folder + name, null, 'this file of the set', 'none of this name');
		return entry.packed ? new Uint8Array(await entry.packed.arrayBuffer()) : entry.bytes();
	}

	/** All images, checked against the manifest. @throws ImportError */
	async #open(): Promise<DataSet> {
		if (this.#set) return this.#set;
		const set = openDataSet(this.manifest, {
			load: async (name) => (await this.#bytes(name)).buffer
		});
		try {
			const { train, test } = this.manifest.splits;
			await set.ready('train', train.count);
			await set.ready('test', test.count);
		} catch (error) {
			if (error instanceof ImportError) throw error;
			if (!(error instanceof ShardError)) throw error;
			throw damaged(this.folder, null, 'the images that its manifest names', error.message);
		}
		return (this.#set = set);
	}
}
