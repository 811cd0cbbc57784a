import 'fake-indexeddb/auto';
import { openDB, type DBSchema } from 'idb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Database, StoreError } from './database';

interface Schema extends DBSchema {
	things: { key: string; value: string };
}
let name = '';
let count = 0;
let database: Database<Schema>;
beforeEach(() => {
	name = `database-${count++}`;
	database = new Database<Schema>(name, 2, (fresh) => void fresh.createObjectStore('things'));
});
afterEach(() => {
	database.close();
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
});
const put = (value: string) =>
	database.transact(['things'], 'readwrite', (writing) =>
		writing.objectStore('things').put(value, 'a')
	);
const get = () =>
	database.transact(['things'], 'readonly', (reading) => reading.objectStore('things').get('a'));

it('keeps all of a transaction or nothing of it', async () => {
	await put('first');
	const broken = database.transact(['things'], 'readwrite', async (writing) => {
		await writing.objectStore('things').put('second', 'a');
		throw new RangeError('no');
	});
	await expect(broken).rejects.toThrow(new RangeError('no'));
	expect(await get()).toBe('first');
});

it.each([
	['QuotaExceededError', 'full'],
	['SecurityError', 'forbidden'],
	['UnknownError', 'failed'],
	['InvalidStateError', 'gone']
])('tells %s as %s', async (error, fault) => {
	await put('first');
	vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
		throw new DOMException('words of the browser', error);
	});
	await expect(put('second')).rejects.toEqual(
		expect.objectContaining({ fault, message: 'words of the browser' })
	);
	vi.restoreAllMocks();
	expect(await get(), 'and works again when the browser does').toBe('first');
});

it('is opened again where the browser had closed it', async () => {
	await put('first');
	const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
		throw new DOMException('closing', 'InvalidStateError');
	});
	expect(await get()).toBe('first');
	expect(transaction).toHaveBeenCalledTimes(2);
});

it('says so where the browser has no such thing, or forbids it', async () => {
	vi.stubGlobal('indexedDB', undefined);
	await expect(database.open()).rejects.toMatchObject({ fault: 'forbidden' });
	vi.stubGlobal('indexedDB', {
		open() {
			throw new DOMException('private', 'SecurityError');
		}
	});
	await expect(database.open()).rejects.toBeInstanceOf(StoreError);
});

it('waits for no other tab that does not let go, and for no browser that does not answer', async () => {
	const stubborn = await openDB(name, 1); // closes for nobody
	await expect(database.open()).rejects.toMatchObject({ fault: 'blocked' });
	stubborn.close();

	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	const silent = IDBOpenDBRequest as unknown as new () => IDBOpenDBRequest;
	vi.stubGlobal('indexedDB', { open: () => new silent() });
	const refused = expect(database.open()).rejects.toMatchObject({ fault: 'blocked' });
	await vi.advanceTimersByTimeAsync(15_000);
	await refused;
	vi.useRealTimers();
});
