/** Asks a worker for one thing, and terminates it once it has answered. */
import * as Comlink from 'comlink';
import { within } from './patience';

const STARTS_WITHIN_MS = 30_000;

/**
 * @param worker a worker whose `start` resolves when it accepts calls
 * @param ask makes the call
 * @param signal when aborted, terminates the worker without an answer
 * @throws Error if it does not start, fails, or is cancelled
 */
export async function askWorker<W extends { start(): void }, T>(
	worker: Worker,
	ask: (remote: Comlink.Remote<W>) => Promise<T>,
	signal?: AbortSignal
): Promise<T> {
	const ended = new Promise<never>((_, reject) => {
		worker.onerror = ({ message }) =>
			reject(new Error(message || 'the worker could not be loaded'));
		signal?.addEventListener('abort', () => reject(new Error('cancelled')));
	});
	const remote = Comlink.wrap<{ start(): void }>(worker);
	const answer = async () => {
		await within(remote.start(), STARTS_WITHIN_MS, 'worker');
		return ask(remote as Comlink.Remote<W>);
	};
	try {
		return await Promise.race([answer(), ended]);
	} finally {
		worker.terminate();
	}
}
