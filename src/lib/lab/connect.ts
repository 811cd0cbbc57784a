/** A training worker from the page's side: started, spoken to, and missed when it is gone. */
import * as Comlink from 'comlink';
import { uniqueName, watchLifeline } from '$lib/engine/lifeline';
import type { Report, TrainerApi } from './protocol';

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

/**
 * Starts a worker.
 * @param dataUrl where the data packs lie, absolute, ending with a slash
 * @param onDied called when the worker does not load, fails or ends by itself; the detail is technical and in English
 */
export function connectTrainer(
	createWorker: WorkerFactory,
	dataUrl: string,
	onReport: (report: Report) => void,
	onDied: (detail: string) => void
): TrainerConnection {
	const worker = createWorker();
	const trainer = Comlink.wrap<TrainerApi>(worker);
	const lifeline = uniqueName();
	let open = true;
	const died = (detail: string) => {
		if (open) onDied(detail);
	};
	worker.addEventListener('error', (event) => died(event.message ?? ''));
	const report = Comlink.proxy((told: Report) => {
		if (open) onReport(told);
	});
	return {
		trainer,
		ready: trainer
			.connect(report, dataUrl, lifeline)
			.then(() => watchLifeline(lifeline, () => died('ended'))),
		close() {
			open = false;
			worker.terminate();
		}
	};
}
