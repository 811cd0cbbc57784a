/** When a run counts histograms: at scheduled steps, and so seldom that counting takes at most a twentieth of the time. */
import { median } from 'd3';

/** Most of the training time that counting takes. */
const MOST = 0.05;
/** Most steps without a count after one, however long that took. */
const LONGEST_PAUSE = 200;
/** A step's usual time is the median over this many latest ones that counted nothing. */
const RECENT = 9;

export class Counting {
	#usual: readonly number[] = [];
	#counts = 0;
	#notBefore = 0;

	/** Whether a step counts. */
	isDue(step: number): boolean {
		return step >= this.#notBefore && isScheduled(step);
	}

	/** Learns how long a step took; the first that counts does not matter, because the device compiles for it. */
	took(step: number, milliseconds: number, counted: boolean): void {
		if (!counted) {
			this.#usual = [...this.#usual, milliseconds].slice(-RECENT);
			return;
		}
		const usual = median(this.#usual);
		if (this.#counts++ === 0 || !usual) return;
		const longer = milliseconds / usual - 1;
		this.#notBefore = step + Math.min(longer / MOST, LONGEST_PAUSE);
	}
}

/**
 * Every tenth of the first 200 steps, then half as often each time the number of steps doubles, so that there are about 80
 * counts after 10,000 steps.
 */
function isScheduled(step: number): boolean {
	const doublings = Math.max(0, Math.ceil(Math.log2(step / 200)));
	return step % (10 * 2 ** doublings) === 0;
}
