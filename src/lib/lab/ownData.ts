/** Data sets that users have brought, kept on this machine in IndexedDB: packs like the ones that come with the app. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Manifest } from '$lib/data';
import type { WrittenPack } from '$lib/data/import';
import { uniqueName } from '$lib/engine/lifeline';

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

export class OwnDataStore {
	readonly #db: IDBPDatabase<Schema>;

	private constructor(db: IDBPDatabase<Schema>) {
		this.#db = db;
	}

	/** @throws Error when the browser keeps nothing, as in some private windows */
	static async open(name = 'residual-explorer-data'): Promise<OwnDataStore> {
		const db = await openDB<Schema>(name, 1, {
			upgrade(fresh) {
				fresh.createObjectStore('sets', { keyPath: 'id' });
				fresh.createObjectStore('files', { keyPath: ['pack', 'file'] });
				fresh.createObjectStore('begun', { keyPath: 'pack' });
			},
			// Another tab with a later version of the app: it may have the store.
			blocking: (_current, _next, event) => (event.target as IDBDatabase).close()
		});
		return new OwnDataStore(db);
	}

	/** Sets that are there, the latest first. */
	async list(): Promise<OwnSet[]> {
		const sets = await this.#db.getAll('sets');
		return sets
			.filter(({ removedAt }) => removedAt === null)
			.toSorted((a, b) => (a.addedAt < b.addedAt ? 1 : -1));
	}

	/** Null when it is not on this machine. */
	async find(id: string): Promise<OwnSet | null> {
		const found = await this.#db.get('sets', id);
		return found && found.removedAt === null ? found : null;
	}

	/** @throws RangeError when there is no such file */
	async file(pack: string, file: string): Promise<ArrayBuffer> {
		const found = await this.#db.get('files', [pack, file]);
		if (!found) throw new RangeError(`${file}: not kept on this machine`);
		return new Uint8Array(found.bytes).buffer;
	}

	/** A name under which a pack can be written. */
	async begin(): Promise<string> {
		const pack = uniqueName();
		await this.#db.put('begun', { pack, at: Date.now() });
		return pack;
	}

	async put(pack: string, file: string, bytes: Uint8Array): Promise<void> {
		await this.#db.put('files', { pack, file, bytes });
	}

	/** Makes a pack that is written whole a set; one with the same images takes the place of an earlier one. */
	async finish(pack: string, { manifest, samples }: WrittenPack): Promise<OwnSet> {
		const { train, test } = manifest.splits;
		const bytes = [...train.shards, ...test.shards].reduce((sum, shard) => sum + shard.bytes, 0);
		const { id } = manifest;
		const addedAt = new Date().toISOString();
		const set: OwnSet = { id, pack, manifest, samples, bytes, addedAt, removedAt: null };
		const writing = this.#db.transaction(['sets', 'files', 'begun'], 'readwrite');
		const before = await writing.objectStore('sets').get(id);
		if (before) await writing.objectStore('files').delete(filesOf(before.pack));
		await writing.objectStore('sets').put(set);
		await writing.objectStore('begun').delete(pack);
		await writing.done;
		return set;
	}

	/** Forgets a pack that was not written to its end. */
	async discard(pack: string): Promise<void> {
		const writing = this.#db.transaction(['files', 'begun'], 'readwrite');
		await writing.objectStore('files').delete(filesOf(pack));
		await writing.objectStore('begun').delete(pack);
		await writing.done;
	}

	/** Takes a set away; `restore` puts it back until the app is opened again. */
	async remove(id: string): Promise<void> {
		const set = await this.#db.get('sets', id);
		if (set) await this.#db.put('sets', { ...set, removedAt: new Date().toISOString() });
	}

	async restore(id: string): Promise<void> {
		const set = await this.#db.get('sets', id);
		if (set) await this.#db.put('sets', { ...set, removedAt: null });
	}

	/** Clears away what was removed, and what a tab that was closed began. */
	async purge(): Promise<void> {
		for (const set of await this.#db.getAll('sets')) {
			if (set.removedAt === null) continue;
			await this.discard(set.pack);
			await this.#db.delete('sets', set.id);
		}
		for (const { pack, at } of await this.#db.getAll('begun'))
			if (Date.now() - at > STALE_MS) await this.discard(pack);
	}

	close(): void {
		this.#db.close();
	}
}
