import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { look, NO_CHOICES } from '$lib/data/import';
import { brought, cifarRecords, idxFiles } from '$lib/data/import/testing';
import { DECODERS } from '$lib/data/import/nodeDecoders';
import { OwnDataStore } from './ownData';

let store: OwnDataStore;
let name = 0;
beforeEach(async () => (store = await OwnDataStore.open(`data-${name++}`)));

async function add(files: Iterable<readonly [string, Uint8Array]>) {
	const pack = await store.begin();
	const looked = await look(brought(files), DECODERS, () => {});
	const kept = await looked.keep(
		NO_CHOICES,
		(file, bytes) => store.put(pack, file, bytes),
		() => {}
	);
	return store.finish(pack, kept.pack, kept.card);
}
const digits = () => add(idxFiles(20));
const colours = () =>
	add([
		['data_batch_1.bin', cifarRecords(0, 3)],
		['test_batch.bin', cifarRecords(2, 3)]
	]);

describe('data sets of the user', () => {
	it('are kept with their files, the latest first', async () => {
		const first = await digits();
		await new Promise((resolve) => setTimeout(resolve, 2));
		const second = await colours();
		expect((await store.list()).map(({ id }) => id)).toEqual([second.id, first.id]);
		const { file, bytes } = second.manifest.splits.train.shards[0];
		expect((await store.file(second.pack, file)).byteLength).toBe(bytes);
		expect(await store.find('own-none')).toBeNull();
		await expect(store.file(second.pack, 'train-9.bin')).rejects.toThrow('train-9.bin');
	});

	it('that are brought again, on another day, are there once', async () => {
		vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01') });
		const before = await digits();
		vi.setSystemTime(new Date('2026-06-01'));
		const after = await digits();
		vi.useRealTimers();
		expect(after.id).toBe(before.id);
		expect(await store.list()).toHaveLength(1);
		await expect(store.file(before.pack, 'train-0.bin')).rejects.toThrow();
		expect((await store.file(after.pack, 'train-0.bin')).byteLength).toBeGreaterThan(0);
	});

	it('come back after a removal until the store is cleared', async () => {
		const { id, pack } = await digits();
		await store.remove(id);
		expect(await store.find(id)).toBeNull();
		await store.restore(id);
		expect((await store.find(id))?.pack).toBe(pack);
		await store.remove(id);
		await store.purge();
		await store.restore(id);
		expect(await store.find(id)).toBeNull();
		await expect(store.file(pack, 'train-0.bin')).rejects.toThrow();
	});

	it('that were not read to their end leave nothing', async () => {
		const pack = await store.begin();
		await store.put(pack, 'train-0.bin', new Uint8Array(3));
		await store.discard(pack);
		await expect(store.file(pack, 'train-0.bin')).rejects.toThrow();
		expect(await store.list()).toEqual([]);
	});
});
