/**
 * Whether the whole app is stored on this machine (by `service-worker.ts`), so that it works offline. - `closed`:
 * browsers store nothing for pages served over plain http from another machine - `failed`: storing failed for lack of
 * space or because the network broke off
 */
export type Offline = 'unknown' | 'fetching' | 'kept' | 'closed' | 'failed';

/** Interval between checks in milliseconds, and the time limit for the service worker to start. */
const ASK_EVERY_MS = 1000;
const BEGINS_WITHIN_MS = 15_000;

class OfflineState {
	state = $state<Offline>('unknown');

	/** Updates the state until it is final; returns a function that stops this. */
	follow(): () => void {
		const { serviceWorker } = navigator;
		if (!serviceWorker) {
			this.state = 'closed';
			return () => {};
		}
		const since = performance.now();
		let timer: ReturnType<typeof setTimeout> | undefined;
		let open = true;
		const ask = async () => {
			const registration = await serviceWorker.getRegistration().catch(() => undefined);
			if (!open) return;
			if (registration?.active) this.state = 'kept';
			else if (registration?.installing || performance.now() - since < BEGINS_WITHIN_MS) {
				this.state = 'fetching';
				timer = setTimeout(ask, ASK_EVERY_MS);
			} else this.state = 'failed';
		};
		void ask();
		return () => {
			open = false;
			clearTimeout(timer);
		};
	}
}

export const offline = new OfflineState();
