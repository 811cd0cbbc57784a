/** How often the spoken summary says how training goes; the choice is stored on this machine. */
import { store, stored } from '$lib/base/stored';

const KEY = 'summary';

/** Times to choose from, in seconds; 0 for never. */
export const SUMMARY_SECONDS = [0, 10, 30] as const;
type Seconds = (typeof SUMMARY_SECONDS)[number];

class Summary {
	#chosen = $state<Seconds | null>(null);

	get seconds(): Seconds {
		return this.#chosen ?? SUMMARY_SECONDS.find((each) => String(each) === stored(KEY)) ?? 0;
	}

	set seconds(seconds: Seconds) {
		this.#chosen = seconds;
		store(KEY, String(seconds));
	}
}

export const summary = new Summary();
