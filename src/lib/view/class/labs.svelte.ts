/** The labs on the page, which offer themselves to the room: it watches their runs and starts them. */
import { untrack } from 'svelte';
import type { Lab } from '../lab/context.svelte';

/** A lab, with what starts its run. */
interface OfferedLab {
	readonly lab: Lab;
	readonly run: () => void;
}

class Labs {
	all = $state.raw<readonly OfferedLab[]>([]);

	/** Offers a lab. @returns withdraws it */
	offer(lab: Lab, run: () => void): () => void {
		const offered = { lab, run };
		this.all = [...untrack(() => this.all), offered];
		return () => (this.all = untrack(() => this.all).filter((each) => each !== offered));
	}
}

export const labs = new Labs();
