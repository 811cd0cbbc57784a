/** A training worker from the page's side: started, spoken to, and missed when it is gone. */
import * as Comlink from 'comlink';
import { uniqueName, watchLifeline } from '$lib/engine/lifeline';
import { within } from '$lib/engine/patience';
import type { Failure, Report, TrainerApi } from './protocol';

export type WorkerFactory = () => Worker;

export const trainingWorker: WorkerFactory = () =>
	new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'training' });

/** The one that reads brought images. */
export const importWorker: WorkerFactory = () =>
	new Worker(new URL('./importWorker.ts', import.meta.url), { type: 'module', name: 'import' });

export interface TrainerConnection {
	readonly trainer: Comlink.Remote<TrainerApi>;
	/** Resolves when the worker listens. */
	readonly ready: Promise<void>;
	/** Ends the worker; nothing is called back any more. */
	close(): void;
}

/** What whoever starts a trainer wants to hear of it. */
export interface TrainerListener {
	readonly onReport: (report: Report) => void;
	/** The worker does not load, has failed, has ended by itself, or says nothing though something is awaited. */
	readonly onFailure: (failure: Failure) => void;
	/** Milliseconds that the worker may be silent now; null while nothing is awaited of it. */
	readonly patience: () => number | null;
}

/** The worker's file is some 250 kB, and a class may fetch it at once. */
const LOADED_WITHIN_MS = 45_000;
const LOOK_EVERY_MS = 1000;

/**
 * Starts a worker. Its end is told by its lock; where there are no locks (http on a local network), where it hangs, and
 * where it waits for something that never comes, by its silence.
 * @param dataUrl where the data packs lie, absolute, ending with a slash
 */
export function connectTrainer(
	createWorker: WorkerFactory,
	dataUrl: string,
	{ onReport, onFailure, patience }: TrainerListener
): TrainerConnection {
	const worker = createWorker();
	const trainer = Comlink.wrap<TrainerApi>(worker);
	const lifeline = uniqueName();
	let open = true;
	const failed = (failure: Failure) => {
		if (open) onFailure(failure);
	};
	worker.addEventListener('error', (event) =>
		failed({ code: 'worker', detail: event.message ?? '' })
	);
	let heard = performance.now();
	let looked = heard;
	const watch = setInterval(() => {
		const now = performance.now();
		const limit = patience();
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
		await within(trainer.connect(report, dataUrl, lifeline), LOADED_WITHIN_MS, 'training worker');
		watchLifeline(lifeline, () => failed({ code: 'worker', detail: 'ended' }));
	};
	return {
		trainer,
		ready: start(),
		close() {
			open = false;
			clearInterval(watch);
			worker.terminate();
		}
	};
}
