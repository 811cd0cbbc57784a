/** Asks a worker for things, with a limit on how long it may take to start. */
import * as Comlink from 'comlink';
import { within } from './patience';

const STARTS_WITHIN_MS = 30_000;

/** A worker whose `start` resolves when it accepts calls. */
export class AskedWorker<W extends { start(): void }> {
	readonly #worker: Worker;
	readonly #remote: Comlink.Remote<W>;
	readonly #started: Promise<void>;
	/** Rejects when the worker fails or is ended. */
	readonly #ended: Promise<never>;
	#end: (reason: Error) => void = () => {};

	constructor(worker: Worker) {
		this.#worker = worker;
		this.#remote = Comlink.wrap<W>(worker);
		this.#ended = new Promise<never>((_, reject) => {
			this.#end = reject;
			worker.onerror = ({ message }) =>
				reject(new Error(message || 'the worker could not be loaded'));
		});
		// Nobody may be asking when the worker ends.
		this.#ended.catch(() => {});
		const { start } = this.#remote as Comlink.Remote<{ start(): void }>;
		this.#started = within(start(), STARTS_WITHIN_MS, 'worker');
		this.#started.catch(() => {});
	}

	/** @throws Error if the worker does not start, fails, or is ended before it answers */
	ask<T>(call: (remote: Comlink.Remote<W>) => Promise<T>): Promise<T> {
		return Promise.race([this.#started.then(() => call(this.#remote)), this.#ended]);
	}

	end(): void {
		this.#end(new Error('cancelled'));
		this.#worker.terminate();
	}
}

/**
 * Asks a worker for one thing, and terminates it once it has answered.
 * @param ask makes the call
 * @param signal when aborted, terminates the worker without an answer
 * @throws Error if it does not start, fails, or is cancelled
 */
export async function askWorker<W extends { start(): void }, T>(
	worker: Worker,
	ask: (remote: Comlink.Remote<W>) => Promise<T>,
	signal?: AbortSignal
): Promise<T> {
	const asked = new AskedWorker<W>(worker);
	signal?.addEventListener('abort', () => asked.end());
	try {
		return await asked.ask(ask);
	} finally {
		asked.end();
	}
}
