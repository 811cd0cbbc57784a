/**
 * Whether the app is on this machine as a whole, so that it works without a network (`service-worker.ts` keeps it).
 * - `closed`: browsers keep nothing for a page that came over plain http from another machine
 * - `failed`: it could not be kept, for want of room or because the network broke off
 */
export type Offline = 'unknown' | 'fetching' | 'kept' | 'closed' | 'failed';

/** How often the browser is asked, and how long it may take to begin. */
const ASK_EVERY_MS = 1000;
const BEGINS_WITHIN_MS = 15_000;

class OfflineState {
	state = $state<Offline>('unknown');

	/** Follows what becomes of it until that is known; returns a function that ends this. */
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
