/** A training worker for tests: it does what the test says, over a real message channel. */
import * as Comlink from 'comlink';
import type { Report, TrainerApi } from '../worker/protocol';
import type { WorkerFactory } from './line';

const nothing = async () => {};

/**
 * @param answers what the worker does when it is asked; all else does nothing
 * @param connected whether it answers when it is connected
 */
export function standIn(answers: Partial<TrainerApi>, connected = true) {
	const ports: MessagePort[] = [];
	let report: (report: Report) => void = () => {};
	const trainer: TrainerApi = {
		async connect(tell) {
			report = tell;
			if (!connected) await new Promise<void>(() => {});
		},
		prepare: nothing,
		resume: nothing,
		run: nothing,
		pause: nothing,
		step: nothing,
		measure: nothing,
		testImages: async () => null,
		change: nothing,
		stopPretraining: () => {},
		cancelJobs: () => {},
		retryData: nothing,
		...answers
	};
	const create: WorkerFactory = () => {
		const { port1, port2 } = new MessageChannel();
		ports.push(port1);
		Comlink.expose(trainer, port1);
		return Object.assign(port2, { terminate: () => port2.close() } as unknown as Worker);
	};
	return {
		create,
		/** How many workers were started. */
		workers: () => ports.length,
		/** What the latest worker tells. */
		report: (told: Report) => report(told),
		close: () => ports.forEach((port) => port.close())
	};
}
