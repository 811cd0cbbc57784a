/**
 * The line to a training worker: started when it is first spoken to, and again after it was closed. What fails on the way is
 * told once, and nothing is heard of a worker that was closed.
 */
import type * as Comlink from 'comlink';
import type { TrainerApi } from '../worker/protocol';
import {
	connectTrainer,
	trainingWorker,
	type TrainerConnection,
	type TrainerListener,
	type WorkerFactory
} from './connect';

/** What whoever speaks to a trainer wants to hear of it. */
export interface LineListener extends Omit<TrainerListener, 'patience'> {
	/**
	 * Milliseconds that the worker may be silent now; null while nothing is awaited of it.
	 * @param asked whether a call has not been answered
	 */
	readonly patience: (asked: boolean) => number | null;
}

export class TrainerLine {
	readonly #createWorker: WorkerFactory;
	readonly #dataUrl: string;
	readonly #listener: LineListener;
	#connection: TrainerConnection | null = null;
	/** Calls that the worker has not answered. */
	#calls = 0;

	/** @param dataUrl where the data packs lie, absolute, ending with a slash */
	constructor(
		dataUrl: string,
		listener: LineListener,
		createWorker: WorkerFactory = trainingWorker
	) {
		this.#dataUrl = dataUrl;
		this.#listener = listener;
		this.#createWorker = createWorker;
	}

	/** Whether there is a worker. */
	get open(): boolean {
		return this.#connection !== null;
	}

	/** Starts the worker where there is none; false when there was one. */
	start(): boolean {
		if (this.#connection) return false;
		this.#connection = connectTrainer(this.#createWorker, this.#dataUrl, {
			...this.#listener,
			patience: () => this.#listener.patience(this.#calls > 0)
		});
		return true;
	}

	/** Asks the worker for something; resolves when it has answered or is gone, then with null. */
	async call<T>(action: (trainer: Comlink.Remote<TrainerApi>) => Promise<T>): Promise<T | null> {
		this.start();
		const connection = this.#connection;
		if (!connection) return null;
		this.#calls++;
		try {
			await Promise.race([connection.ready, connection.closed]);
			if (connection !== this.#connection) return null;
			return (await Promise.race([action(connection.trainer), connection.closed])) ?? null;
		} catch (error) {
			if (connection !== this.#connection) return null; // closed meanwhile
			const detail = error instanceof Error ? error.message : String(error);
			this.#listener.onFailure({ code: 'worker', detail });
			return null;
		} finally {
			if (connection === this.#connection) this.#calls--;
		}
	}

	close(): void {
		this.#calls = 0;
		this.#connection?.close();
		this.#connection = null;
	}
}
