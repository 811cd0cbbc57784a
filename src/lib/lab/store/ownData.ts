/** Stores users' own data sets in IndexedDB, as packs like those that come with the app. */
import type { DBSchema } from 'idb';
import type { Manifest } from '$lib/data';
import type { Card, WrittenPack } from '$lib/data/import';
import { uniqueName } from '$lib/base/uniqueName';
import { Database } from './database';

export interface OwnSet {
	/** The id by which experiments refer to the set. */
	readonly id: string;
	/** The name of the pack with its files. */
	readonly pack: string;
	readonly manifest: Manifest;
	/** Some training images as a preview, `[n, H, W, C]`. */
	readonly samples: Uint8Array;
	/** What was shown of it before it was kept; absent from sets of earlier versions. */
	readonly card?: Card;
	/** Total size of its files, in bytes. */
	readonly bytes: number;
	/** When it was added, in ISO 8601. */
	readonly addedAt: string;
	/** When the user removed it, in ISO 8601 (its files are deleted when the app is next opened); null if not removed. */
	readonly removedAt: string | null;
}

interface Schema extends DBSchema {
	sets: { key: string; value: OwnSet };
	files: {
		key: [pack: string, file: string];
		value: { pack: string; file: string; bytes: Uint8Array };
	};
	/** Packs being written, with their start times, so that what a closed tab left behind can be deleted. */
	begun: { key: string; value: { pack: string; at: number } };
}

/** A pack begun longer ago than this, in milliseconds, is no longer being written. */
const STALE_MS = 24 * 3600 * 1000;

const filesOf = (pack: string) => IDBKeyRange.bound([pack, ''], [pack, '\uffff']);

export class OwnDataStore extends Database<Schema> {
	private constructor(name: string) {
		super(name, 1, (fresh) => {
			fresh.createObjectStore('sets', { keyPath: 'id' });
			fresh.createObjectStore('files', { keyPath: ['pack', 'file'] });
			fresh.createObjectStore('begun', { keyPath: 'pack' });
		});
	}

	/** @throws StoreError if the browser stores nothing; every method throws it too if storage fails later */
	static open(name = 'residual-explorer-data'): Promise<OwnDataStore> {
		return new OwnDataStore(name).open();
	}

	/** The sets that have not been removed, the latest first. */
	async list(): Promise<OwnSet[]> {
		const sets = await this.transact(['sets'], 'readonly', (reading) =>
			reading.objectStore('sets').getAll()
		);
		return sets
			.filter(({ removedAt }) => removedAt === null)
			.toSorted((a, b) => (a.addedAt < b.addedAt ? 1 : -1));
	}

	/** The set with the given id, or null if it is not on this machine. */
	async find(id: string): Promise<OwnSet | null> {
		const found = await this.transact(['sets'], 'readonly', (reading) =>
			reading.objectStore('sets').get(id)
		);
		return found && found.removedAt === null ? found : null;
	}

	/** @throws RangeError if there is no such file */
	async file(pack: string, file: string): Promise<ArrayBuffer> {
		const found = await this.transact(['files'], 'readonly', (reading) =>
			reading.objectStore('files').get([pack, file])
		);
		if (!found) throw new RangeError(`${file}: not kept on this machine`);
		return new Uint8Array(found.bytes).buffer;
	}

	/** All files of a set by name, with its manifest: what another machine needs. */
	async files({ pack, manifest }: OwnSet): Promise<Map<string, Uint8Array>> {
		const found = await this.transact(['files'], 'readonly', (reading) =>
			reading.objectStore('files').getAll(filesOf(pack))
		);
		return new Map([
			['manifest.json', new TextEncoder().encode(JSON.stringify(manifest))],
			...found.map(({ file, bytes }) => [file, bytes] as const)
		]);
	}

	/** Begins a pack and returns its name. */
	async begin(): Promise<string> {
		const pack = uniqueName();
		await this.transact(['begun'], 'readwrite', (writing) =>
			writing.objectStore('begun').put({ pack, at: Date.now() })
		);
		return pack;
	}

	async put(pack: string, file: string, bytes: Uint8Array): Promise<void> {
		await this.transact(['files'], 'readwrite', (writing) =>
			writing.objectStore('files').put({ pack, file, bytes })
		);
	}

	/** Turns a completely written pack into a set; it replaces an earlier set with the same images. */
	async finish(pack: string, { manifest, samples }: WrittenPack, card?: Card): Promise<OwnSet> {
		const { train, test } = manifest.splits;
		const bytes = [...train.shards, ...test.shards].reduce((sum, shard) => sum + shard.bytes, 0);
		const { id } = manifest;
		const addedAt = new Date().toISOString();
		const set: OwnSet = {
			...{ id, pack, manifest, samples, bytes, addedAt, removedAt: null },
			...(card && { card })
		};
		await this.transact(['sets', 'files', 'begun'], 'readwrite', async (writing) => {
			const before = await writing.objectStore('sets').get(id);
			if (before) await writing.objectStore('files').delete(filesOf(before.pack));
			await writing.objectStore('sets').put(set);
			await writing.objectStore('begun').delete(pack);
		});
		return set;
	}

	/** Deletes a pack that was not completed. */
	async discard(pack: string): Promise<void> {
		await this.transact(['sets', 'files', 'begun'], 'readwrite', async (writing) => {
			const sets = await writing.objectStore('sets').getAll();
			if (sets.some((set) => set.pack === pack)) return;
			await writing.objectStore('files').delete(filesOf(pack));
			await writing.objectStore('begun').delete(pack);
		});
	}

	/** Removes a set; `restore` brings it back until the app is opened again. */
	remove(id: string): Promise<void> {
		return this.#mark(id, new Date().toISOString());
	}

	restore(id: string): Promise<void> {
		return this.#mark(id, null);
	}

	#mark(id: string, removedAt: string | null): Promise<void> {
		return this.transact(['sets'], 'readwrite', async (writing) => {
			const sets = writing.objectStore('sets');
			const set = await sets.get(id);
			if (set) await sets.put({ ...set, removedAt });
		});
	}

	/** Deletes removed sets, and packs that a closed tab left unfinished. */
	async purge(): Promise<void> {
		await this.transact(['sets', 'files', 'begun'], 'readwrite', async (writing) => {
			for (const { id, pack, removedAt } of await writing.objectStore('sets').getAll()) {
				if (removedAt === null) continue;
				await writing.objectStore('files').delete(filesOf(pack));
				await writing.objectStore('sets').delete(id);
			}
			for (const { pack, at } of await writing.objectStore('begun').getAll()) {
				if (Date.now() - at <= STALE_MS) continue;
				await writing.objectStore('files').delete(filesOf(pack));
				await writing.objectStore('begun').delete(pack);
			}
		});
	}
}
