/** Detects whether the browser throttled training while its tab was hidden. */
import type { StepRecord } from '../record/record';

/** A hidden tab counts as throttled if it trains at less than this share of its earlier rate. */
const HELD_BACK = 0.5;

export class HiddenTab {
	#before: { since: number; step: number; rate: number } | null = null;

	/**
	 * To be called when the tab is hidden or shown.
	 * @param limit most steps per second of the run in training; null if no run is in training
	 * @returns if too few steps were made while hidden, their number and the seconds; else null
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
