/**
 * Detects the end of a worker: it holds a Web Lock all its life, so whoever waits for the lock gets it when the worker
 * has ended, for whatever reason. Works in secure contexts only.
 */

/** Resolves once the lock is held, for the rest of the worker's life; at once if there are no locks or none is granted. */
export async function holdLifeline(name: string): Promise<void> {
	const { locks } = globalThis.navigator ?? {};
	if (!locks) return;
	await new Promise<void>((held) => {
		const request = locks.request(name, () => {
			held();
			return new Promise(() => {}); // until the worker ends
		});
		request.catch(() => held());
	});
}

/** Calls back when the worker that holds the lock has ended. */
export function watchLifeline(name: string, ended: () => void): void {
	globalThis.navigator?.locks?.request(name, ended).catch(() => {});
}
