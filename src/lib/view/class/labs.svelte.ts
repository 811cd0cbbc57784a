/** The labs on the page, which offer themselves to the room: it watches their runs and starts them. */
import { untrack } from 'svelte';
import type { Lab } from '../lab/context.svelte';

interface OfferedLab {
	readonly lab: Lab;
	/** Starts its run. */
	readonly run: () => void;
	/** The step at which what is drawn before the run ends; undefined for the usual one. */
	readonly steps?: number;
}

class Labs {
	all = $state.raw<readonly OfferedLab[]>([]);

	/** Offers a lab. @returns withdraws it */
	offer(offered: OfferedLab): () => void {
		this.all = [...untrack(() => this.all), offered];
		return () => (this.all = untrack(() => this.all).filter((each) => each !== offered));
	}
}

export const labs = new Labs();
