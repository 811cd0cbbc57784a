/**
 * How the end of a worker is heard of: it holds a lock for as long as it lives, and whoever waits for that lock gets
 * it when the worker has ended, however it ended. Only in secure contexts; elsewhere nobody is told.
 */

/** Resolves once the lock is held, for the rest of the worker's life; at once where there are no locks, or none is granted. */
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
