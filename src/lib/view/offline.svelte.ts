/**
 * Whether the app is on this machine as a whole, so that it works without a network (`service-worker.ts` keeps it).
 * `closed`: browsers keep nothing for a page that came over plain http from another machine.
 */
export type Offline = 'unknown' | 'fetching' | 'kept' | 'closed';

class OfflineState {
	state = $state<Offline>('unknown');

	async start(): Promise<void> {
		const { serviceWorker } = navigator;
		if (!serviceWorker) {
			this.state = 'closed';
			return;
		}
		this.state = serviceWorker.controller ? 'kept' : 'fetching';
		await serviceWorker.ready;
		this.state = 'kept';
	}
}

export const offline = new OfflineState();
