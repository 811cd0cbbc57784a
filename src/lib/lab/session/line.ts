/**
 * The line to a training worker, from the page's side: started when it is first spoken to, and again after it was closed;
 * missed when it is gone. What fails on the way is told once, and nothing is heard of a worker that was closed.
 */
import * as Comlink from 'comlink';
import { fetchFile } from '$lib/base/fetchFile';
import { watchLifeline } from '$lib/base/lifeline';
import { within } from '$lib/base/patience';
import { uniqueName } from '$lib/base/uniqueName';
import type { StepRecord } from '../record/record';
import type { Failure, Report, TrainerApi } from '../worker/protocol';
import trainingFile from '../worker/worker?worker&url';

/** Makes a worker; `file` is where its code comes from. */
export type WorkerFactory = (() => Worker) & { readonly file?: string };

const trainingWorker: WorkerFactory = Object.assign(
	() => new Worker(trainingFile, { type: 'module', name: 'training' }),
	{ file: trainingFile }
);

/** What whoever speaks to a trainer wants to hear of it. */
interface LineListener {
	readonly onReport: (report: Report) => void;
	/** The worker does not load, has failed, has ended by itself, or says nothing though something is awaited. */
	readonly onFailure: (failure: Failure) => void;
	/**
	 * Milliseconds that the worker may be silent now; null while nothing is awaited of it.
	 * @param asked whether a call has not been answered
	 */
	readonly patience: (asked: boolean) => number | null;
}

interface Connection {
	readonly trainer: Comlink.Remote<TrainerApi>;
	/** Resolves when the worker listens. */
	readonly ready: Promise<void>;
	/** Ends the worker; nothing is called back any more, and what was asked of it is never answered. */
	close(): void;
	/** Resolves when that has happened. */
	readonly closed: Promise<void>;
}

/** From when the worker's file is there. */
const STARTS_WITHIN_MS = 45_000;
const LOOK_EVERY_MS = 1000;

/** A worker of which something is awaited counts as lost when it says nothing for so long … */
const SILENT_MS = 60_000;
/** … and never before so many of its slowest recent steps would be done: a test on many images tells nothing meanwhile. */
const SILENT_STEPS = 60;

/** Milliseconds that a worker which makes such steps may be silent. */
export function silenceOf(steps: readonly StepRecord[]): number {
	const slowest = Math.max(0, ...steps.slice(-10).map(({ milliseconds }) => milliseconds));
	return Math.max(SILENT_MS, SILENT_STEPS * slowest);
}

export class TrainerLine {
	readonly #createWorker: WorkerFactory;
	readonly #dataUrl: string;
	readonly #listener: LineListener;
	#connection: Connection | null = null;
	/** Calls that the worker has not answered. */
	#calls = 0;

	/** @param dataUrl where the data packs lie, absolute, ending with a slash */
	constructor(dataUrl: string, listener: LineListener, createWorker = trainingWorker) {
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
		this.#connection = this.#connect();
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

	/**
	 * Starts a worker. Its end is told by its lock; where there are no locks (http on a local network), where it hangs, and
	 * where it waits for something that never comes, by its silence.
	 */
	#connect(): Connection {
		const { onReport, onFailure, patience } = this.#listener;
		const createWorker = this.#createWorker;
		const worker = createWorker();
		const trainer = Comlink.wrap<TrainerApi>(worker);
		const lifeline = uniqueName();
		let open = true;
		const failed = (failure: Failure) => {
			if (open) onFailure(failure);
		};
		worker.addEventListener('error', (event) =>
			failed({ code: 'worker', detail: event.message || 'its file could not be loaded' })
		);
		let heard = performance.now();
		let looked = heard;
		const watch = setInterval(() => {
			const now = performance.now();
			const limit = patience(this.#calls > 0);
			// A lid that was closed, or a tab that was hidden, is no silence of the worker's.
			const asleep = now - looked > 5 * LOOK_EVERY_MS || globalThis.document?.hidden;
			looked = now;
			if (limit === null || asleep) heard = now;
			else if (now - heard > limit) {
				failed({ code: 'silent', seconds: Math.round((now - heard) / 1000) });
				heard = now;
			}
		}, LOOK_EVERY_MS);
		const report = Comlink.proxy((told: Report) => {
			heard = performance.now();
			if (open) onReport(told);
		});
		const start = async () => {
			// A slow connection is not a worker that does not start.
			if (createWorker.file) await fetchFile(createWorker.file);
			const connected = trainer.connect(report, this.#dataUrl, lifeline);
			await within(connected, STARTS_WITHIN_MS, 'training worker');
			watchLifeline(lifeline, () => failed({ code: 'worker', detail: 'ended' }));
		};
		let end: () => void = () => {};
		const closed = new Promise<void>((resolve) => (end = resolve));
		return {
			trainer,
			ready: start(),
			closed,
			close() {
				open = false;
				clearInterval(watch);
				worker.terminate();
				end();
			}
		};
	}
}
