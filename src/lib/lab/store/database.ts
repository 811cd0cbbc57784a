/**
 * A database of this browser that may vanish while it is in use: cleared by the reader, by the browser, or by another
 * version of the app in another tab. It is opened again where that helps, and what does not help is told by its kind.
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
 * - `forbidden`: the browser keeps nothing for this page, as in some private windows
 * - `full`: there is no room left
 * - `gone`: what was kept has been cleared away, and nothing can be kept now
 * - `blocked`: another tab holds an earlier version of it and does not let go, or the browser does not answer
 * - `newer`: another tab has made it that of a later version of the app
 * - `failed`: something else, which the message tells
 */
export type StoreFault = 'forbidden' | 'full' | 'gone' | 'blocked' | 'newer' | 'failed';

/** The browser's store does not do what it is asked for. The message is the browser's own, technical. */
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

	/** @throws StoreError when the browser keeps nothing */
	async open(): Promise<this> {
		await this.#use(async () => {});
		return this;
	}

	/**
	 * Does something in one transaction: all of it takes effect or nothing. It may be done twice where the database had
	 * vanished before the first time.
	 * @throws StoreError when the browser fails; what the action throws, after which nothing has taken effect
	 */
	async transact<Stores extends StoreNames<S>, Mode extends IDBTransactionMode, T>(
		stores: Stores[],
		mode: Mode,
		action: (transaction: Transaction<S, Stores, Mode>) => Promise<T>
	): Promise<T> {
		return this.#use(async (db) => {
			const transaction = db.transaction(stores, mode);
			// Whoever waits for the action hears of it there.
			transaction.done.catch(() => {});
			try {
				const result = await action(transaction);
				await transaction.done;
				return result;
			} catch (error) {
				abort(transaction);
				// That it was aborted is less than why.
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
		// Asked within a promise: where there is no such thing, asking itself throws.
		const ask = async () =>
			openDB<S>(this.#name, this.#version, {
				upgrade: this.#upgrade,
				blocked: () => blocked(new StoreError('blocked', 'another tab holds the database')),
				// Cleared away, or wanted by a later version of the app in another tab: that one may have it.
				blocking: (_current, _next, event) => {
					(event.target as IDBDatabase).close();
					this.#forget();
				},
				terminated: () => this.#forget()
			});
		const opening = ask();
		// Opened after all when nobody waits any more: it must not stand in the way of others.
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
			// Nothing was there yet that could have vanished.
			throw new StoreError(fault === 'gone' ? 'forbidden' : fault, error);
		}
	}

	#forget(): void {
		void this.#opened?.then((db) => db.close()).catch(() => {});
		this.#opened = null;
	}
}

const isDomException = (error: unknown): error is DOMException => error instanceof DOMException;

/** By the names that browsers give their errors; all others are `failed`. */
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
		// It has ended already.
	}
}
