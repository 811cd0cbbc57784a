/** The thresholds from which a number counts as a finding, each with its reason. */
import { LAST_STEPS } from '../studies/study';

/** Number of steps over which errors and losses are averaged, and of which norms are the median. */
export const FINDING_WINDOW = LAST_STEPS;
/** Steps before which training errors are not compared. */
export const ENOUGH_STEPS = 40;

export const FINDING_THRESHOLDS = {
	/** The first layer's gradient norm relative to the largest of all layers, below which gradients have vanished. */
	vanished: 1e-5,
	/** Gradient norm of a layer above which gradients have exploded; in a healthy network it is between 0.01 and 10. */
	exploded: 1e4,
	/** Share of layers with a gradient of exactly 0, from which the network counts as dead. */
	dead: 0.5,
	/** Loss relative to that of the first steps, above which training has diverged. */
	diverged: 2,
	/**
	 * Difference from which two training errors differ: three standard deviations. The mean of `FINDING_WINDOW` batches
	 * of 64 has a standard deviation of about 0.01, a difference of two means 0.014.
	 */
	apart: 0.04
} as const;
