/** A worker that is asked for one thing, and ended once it has answered. */
import * as Comlink from 'comlink';
import { within } from './patience';

const STARTS_WITHIN_MS = 30_000;

/**
 * @param worker with a `start` that answers when it listens
 * @param ask what is asked of it then
 * @param signal aborted, it is ended without an answer
 * @throws Error when it does not start, what went wrong in it, or that it was cancelled
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
