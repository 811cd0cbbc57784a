/** How far each network of a run has come: its training error, and whether it falls. */
import type { History } from '../record/history';
import { FINDING_THRESHOLDS, FINDING_WINDOW } from './thresholds';

/** Number of steps over which an error falls or rises. */
const TREND_STEPS = 100;

export interface LaneProgress {
	/** Mean training error of the last `FINDING_WINDOW` steps, 0…1; NaN before the first. */
	readonly error: number;
	/**
	 * The mean against that of `TREND_STEPS` before, or of the first steps if there are fewer: steady if they differ by no more
	 * than the noise of batches. Null before there are two separate means.
	 */
	readonly trend: 'falling' | 'rising' | 'steady' | null;
	/** The step at which it stopped because its numbers were no longer finite, or null. */
	readonly stop: number | null;
}

/** The progress of every network at the last step. */
export function progressOf(history: History): LaneProgress[] {
	return history.lanes.map((_, lane) => {
		const mean = (step: number) => history.recent(lane, 'trainingError', FINDING_WINDOW, step);
		const { step } = history;
		const error = mean(step);
		const change = error - mean(Math.max(FINDING_WINDOW, step - TREND_STEPS));
		const steady = Math.abs(change) <= FINDING_THRESHOLDS.apart;
		return {
			error,
			trend:
				step < 2 * FINDING_WINDOW ? null : steady ? 'steady' : change < 0 ? 'falling' : 'rising',
			stop: history.stop(lane)?.step ?? null
		};
	});
}
