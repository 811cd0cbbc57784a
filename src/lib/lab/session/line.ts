/**
 * The page's connection to a training worker. It starts the worker on the first call, and again after `close`, and
 * notices when the worker is gone. It reports each failure once, and nothing from a worker that was closed.
 */
import * as Comlink from 'comlink';
import { fetchFile } from '$lib/base/fetchFile';
import { watchLifeline } from '$lib/base/lifeline';
import { within } from '$lib/base/patience';
import { uniqueName } from '$lib/base/uniqueName';
import { mostBytes } from '$lib/base/webkit';
import type { StepRecord } from '../record/record';
import type { Failure, Report, TrainerApi } from '../worker/protocol';
import trainingFile from '../worker/worker?worker&url';

/** Creates a worker; `file` is the address of its code. */
export type WorkerFactory = (() => Worker) & { readonly file?: string };

const trainingWorker: WorkerFactory = Object.assign(
	() => new Worker(trainingFile, { type: 'module', name: 'training' }),
	{ file: trainingFile }
);

/** What the owner of a connection wants to be told. */
interface LineListener {
	readonly onReport: (report: Report) => void;
	/** Called when the worker does not load, has failed, has ended by itself, or owes an answer and is silent. */
	readonly onFailure: (failure: Failure) => void;
	/**
	 * Milliseconds that the worker may now be silent; null if it owes no answer.
	 * @param asked whether a call is unanswered
	 */
	readonly patience: (asked: boolean) => number | null;
}

interface Connection {
	readonly trainer: Comlink.Remote<TrainerApi>;
	/** Resolves when the worker accepts calls. */
	readonly ready: Promise<void>;
	/** Terminates the worker: no more callbacks, and pending calls are never answered. */
	close(): void;
	/** Resolves when the worker has been terminated. */
	readonly closed: Promise<void>;
}

/** Milliseconds from the arrival of the worker's code within which it must start. */
const STARTS_WITHIN_MS = 45_000;
const LOOK_EVERY_MS = 1000;

/** A worker that owes an answer counts as lost after so many milliseconds of silence … */
const SILENT_MS = 60_000;
/** … but not before this many of its slowest recent steps would be done, because it is silent while it tests on many images. */
const SILENT_STEPS = 60;

/** Milliseconds that a worker may be silent, judging by its recent steps. */
export function silenceOf(steps: readonly StepRecord[]): number {
	const slowest = Math.max(0, ...steps.slice(-10).map(({ milliseconds }) => milliseconds));
	return Math.max(SILENT_MS, SILENT_STEPS * slowest);
}

export class TrainerLine {
	readonly #createWorker: WorkerFactory;
	readonly #dataUrl: string;
	readonly #listener: LineListener;
	#connection: Connection | null = null;
	/** Number of calls that the worker has not answered yet. */
	#calls = 0;

	/** @param dataUrl absolute address of the data packs, ending with a slash */
	constructor(dataUrl: string, listener: LineListener, createWorker = trainingWorker) {
		this.#dataUrl = dataUrl;
		this.#listener = listener;
		this.#createWorker = createWorker;
	}

	/** Whether a worker is running. */
	get open(): boolean {
		return this.#connection !== null;
	}

	/** Starts a worker unless one is running; returns whether it did. */
	start(): boolean {
		if (this.#connection) return false;
		this.#connection = this.#connect();
		return true;
	}

	/** Calls the worker; resolves with its answer, or with null when the worker is gone. */
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
	 * Starts a worker and watches for its end. The release of its lock reveals it; its silence does if there are no
	 * locks (http on a local network), or if the worker hangs.
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
			// Time with the lid closed or the tab hidden does not count as silence.
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
			// Fetch the code first: on a slow connection, its download must not count as a failed start.
			if (createWorker.file) await fetchFile(createWorker.file);
			const connected = trainer.connect(report, this.#dataUrl, lifeline, mostBytes());
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
