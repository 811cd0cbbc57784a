/** Data sets that users have brought, kept on this machine in IndexedDB: packs like the ones that come with the app. */
import type { DBSchema } from 'idb';
import type { Manifest } from '$lib/data';
import type { WrittenPack } from '$lib/data/import';
import { uniqueName } from '$lib/base/uniqueName';
import { Database } from './database';

export interface OwnSet {
	/** As experiments name it. */
	readonly id: string;
	/** Under which its files are kept. */
	readonly pack: string;
	readonly manifest: Manifest;
	/** `[n, H, W, C]`, some training images. */
	readonly samples: Uint8Array;
	/** Of its files. */
	readonly bytes: number;
	/** ISO 8601. */
	readonly addedAt: string;
	/** It is gone for the user, and its files go when the app is opened next; null while it is there. */
	readonly removedAt: string | null;
}

interface Schema extends DBSchema {
	sets: { key: string; value: OwnSet };
	files: {
		key: [pack: string, file: string];
		value: { pack: string; file: string; bytes: Uint8Array };
	};
	/** Packs being written, by when that began: what a closed tab left behind is cleared away. */
	begun: { key: string; value: { pack: string; at: number } };
}

/** After so long nobody writes a pack any more. */
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

	/** @throws StoreError when the browser keeps nothing; so does every method when it keeps nothing any more */
	static open(name = 'residual-explorer-data'): Promise<OwnDataStore> {
		return new OwnDataStore(name).open();
	}

	/** Sets that are there, the latest first. */
	async list(): Promise<OwnSet[]> {
		const sets = await this.transact(['sets'], 'readonly', (reading) =>
			reading.objectStore('sets').getAll()
		);
		return sets
			.filter(({ removedAt }) => removedAt === null)
			.toSorted((a, b) => (a.addedAt < b.addedAt ? 1 : -1));
	}

	/** Null when it is not on this machine. */
	async find(id: string): Promise<OwnSet | null> {
		const found = await this.transact(['sets'], 'readonly', (reading) =>
			reading.objectStore('sets').get(id)
		);
		return found && found.removedAt === null ? found : null;
	}

	/** @throws RangeError when there is no such file */
	async file(pack: string, file: string): Promise<ArrayBuffer> {
		const found = await this.transact(['files'], 'readonly', (reading) =>
			reading.objectStore('files').get([pack, file])
		);
		if (!found) throw new RangeError(`${file}: not kept on this machine`);
		return new Uint8Array(found.bytes).buffer;
	}

	/** A name under which a pack can be written. */
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

	/** Makes a pack that is written whole a set; one with the same images takes the place of an earlier one. */
	async finish(pack: string, { manifest, samples }: WrittenPack): Promise<OwnSet> {
		const { train, test } = manifest.splits;
		const bytes = [...train.shards, ...test.shards].reduce((sum, shard) => sum + shard.bytes, 0);
		const { id } = manifest;
		const addedAt = new Date().toISOString();
		const set: OwnSet = { id, pack, manifest, samples, bytes, addedAt, removedAt: null };
		await this.transact(['sets', 'files', 'begun'], 'readwrite', async (writing) => {
			const before = await writing.objectStore('sets').get(id);
			if (before) await writing.objectStore('files').delete(filesOf(before.pack));
			await writing.objectStore('sets').put(set);
			await writing.objectStore('begun').delete(pack);
		});
		return set;
	}

	/** Forgets a pack that was not written to its end, or has become no set. */
	async discard(pack: string): Promise<void> {
		await this.transact(['sets', 'files', 'begun'], 'readwrite', async (writing) => {
			const sets = await writing.objectStore('sets').getAll();
			if (sets.some((set) => set.pack === pack)) return;
			await writing.objectStore('files').delete(filesOf(pack));
			await writing.objectStore('begun').delete(pack);
		});
	}

	/** Takes a set away; `restore` puts it back until the app is opened again. */
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

	/** Clears away what was removed, and what a tab that was closed began. */
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
