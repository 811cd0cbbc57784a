/**
 * An IndexedDB database that survives being closed while in use: the user, the browser, or another version of the app
 * in another tab may delete it. It is reopened where that helps; other failures are reported by kind.
 */
import {
	openDB,
	type DBSchema,
	type IDBPDatabase,
	type IDBPTransaction,
	type OpenDBCallbacks,
	type StoreNames
} from 'idb';
import { TimeoutError, within } from '$lib/base/patience';

/**
 * - `forbidden`: the browser stores nothing for this page, as in some private windows - `full`: no space is left -
 * `gone`: the database was deleted and cannot be reopened - `blocked`: another tab holds an earlier version open, or
 * the browser does not answer - `newer`: another tab has upgraded it to a later version of the app - `failed`: anything
 * else; see the message
 */
export type StoreFault = 'forbidden' | 'full' | 'gone' | 'blocked' | 'newer' | 'failed';

/** A failure of the browser's storage. The message is the browser's own and technical. */
export class StoreError extends Error {
	override readonly name = 'StoreError';
	constructor(
		readonly fault: StoreFault,
		cause: unknown
	) {
		super(cause instanceof Error ? cause.message || cause.name : String(cause), { cause });
	}
}

const OPENS_WITHIN_MS = 15_000;

type Transaction<
	S extends DBSchema,
	Stores extends StoreNames<S>,
	Mode extends IDBTransactionMode
> = IDBPTransaction<S, Stores[], Mode>;

export class Database<S extends DBSchema> {
	readonly #name: string;
	readonly #version: number;
	readonly #upgrade: OpenDBCallbacks<S>['upgrade'];
	#opened: Promise<IDBPDatabase<S>> | null = null;
	#closed = false;

	constructor(name: string, version: number, upgrade: OpenDBCallbacks<S>['upgrade']) {
		this.#name = name;
		this.#version = version;
		this.#upgrade = upgrade;
	}

	/** @throws StoreError if the browser stores nothing */
	async open(): Promise<this> {
		await this.#use(async () => {});
		return this;
	}

	/**
	 * Runs an action in one transaction, which takes effect as a whole or not at all. The action runs twice if the
	 * database had to be reopened.
	 * @throws StoreError if the browser fails; whatever the action throws, after which nothing has taken effect
	 */
	async transact<Stores extends StoreNames<S>, Mode extends IDBTransactionMode, T>(
		stores: Stores[],
		mode: Mode,
		action: (transaction: Transaction<S, Stores, Mode>) => Promise<T>
	): Promise<T> {
		return this.#use(async (db) => {
			const transaction = db.transaction(stores, mode);
			// The caller learns of the failure from the action's own promise.
			transaction.done.catch(() => {});
			try {
				const result = await action(transaction);
				await transaction.done;
				return result;
			} catch (error) {
				abort(transaction);
				// The transaction's error says why; the exception may say only that it was aborted.
				throw isDomException(error) ? (transaction.error ?? error) : error;
			}
		});
	}

	close(): void {
		this.#closed = true;
		this.#forget();
	}

	async #use<T>(action: (db: IDBPDatabase<S>) => Promise<T>): Promise<T> {
		for (let again = false; ; again = true) {
			const opened = (this.#opened ??= this.#connect());
			try {
				return await action(await opened);
			} catch (error) {
				if (error instanceof StoreError) throw error;
				if (!isDomException(error)) throw error;
				const fault = faultOf(error);
				if (fault !== 'gone' || again || this.#closed) throw new StoreError(fault, error);
				if (this.#opened === opened) this.#forget();
			}
		}
	}

	async #connect(): Promise<IDBPDatabase<S>> {
		let blocked: (error: StoreError) => void = () => {};
		const held = new Promise<never>((_, reject) => (blocked = reject));
		// Inside a promise, because where IndexedDB does not exist even this access throws.
		const ask = async () =>
			openDB<S>(this.#name, this.#version, {
				upgrade: this.#upgrade,
				blocked: () => blocked(new StoreError('blocked', 'another tab holds the database')),
				// The database is being deleted or upgraded by another tab: close it so that the tab can go ahead.
				blocking: (_current, _next, event) => {
					(event.target as IDBDatabase).close();
					this.#forget();
				},
				terminated: () => this.#forget()
			});
		const opening = ask();
		// If it opens too late, close it, so that it does not block others.
		const late = () => void opening.then((db) => db.close()).catch(() => {});
		try {
			return await within(Promise.race([opening, held]), OPENS_WITHIN_MS, this.#name);
		} catch (error) {
			this.#opened = null;
			late();
			if (error instanceof StoreError) throw error;
			if (error instanceof TimeoutError) throw new StoreError('blocked', error);
			if (!isDomException(error)) throw new StoreError('forbidden', error);
			const fault = faultOf(error);
			// Before the first opening, nothing can have been deleted.
			throw new StoreError(fault === 'gone' ? 'forbidden' : fault, error);
		}
	}

	#forget(): void {
		void this.#opened?.then((db) => db.close()).catch(() => {});
		this.#opened = null;
	}
}

const isDomException = (error: unknown): error is DOMException => error instanceof DOMException;

/** Faults by the name of the browser's error; all others are `failed`. */
const FAULTS: Readonly<Record<string, StoreFault>> = {
	QuotaExceededError: 'full',
	VersionError: 'newer',
	SecurityError: 'forbidden',
	NotAllowedError: 'forbidden',
	InvalidStateError: 'gone',
	AbortError: 'gone',
	NotFoundError: 'gone',
	TransactionInactiveError: 'gone'
};

const faultOf = ({ name }: DOMException): StoreFault => FAULTS[name] ?? 'failed';

function abort(transaction: { abort(): void }): void {
	try {
		transaction.abort();
	} catch {
		// The transaction has already ended.
	}
}
