/** Whether a browser held training back while its tab was hidden. */
import type { StepRecord } from '../record/record';

/** A hidden tab that trains at less than this share of its rate before was held back. */
const HELD_BACK = 0.5;

export class HiddenTab {
	#before: { since: number; step: number; rate: number } | null = null;

	/**
	 * The tab was hidden or shown again.
	 * @param limit most steps a second of a run in training; null when none is
	 * @returns for how many seconds it was hidden and how many steps were made, where that is too few; else null
	 */
	changed(
		hidden: boolean,
		steps: readonly StepRecord[],
		limit: number | null
	): { seconds: number; steps: number } | null {
		const step = steps.at(-1)?.step ?? 0;
		const now = performance.now();
		const before = this.#before;
		this.#before = null;
		if (limit === null) return null;
		if (hidden) {
			const recent = steps.slice(-10);
			const mean = recent.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / recent.length;
			if (step) this.#before = { since: now, step, rate: Math.min(1 / mean, limit / 1000) };
			return null;
		}
		if (!before) return null;
		const milliseconds = now - before.since;
		const made = step - before.step;
		if (made >= HELD_BACK * before.rate * milliseconds - 2) return null;
		return { seconds: Math.round(milliseconds / 1000), steps: made };
	}
}
