/** From where on a number counts as a finding, each with its reason. */

/** Steps that errors and losses are the mean of, and norms the median. */
export const FINDING_WINDOW = 20;
/** Before, a comparison of training errors says nothing. */
export const ENOUGH_STEPS = 40;

export const FINDING_THRESHOLDS = {
	/** First layer's gradient norm over the largest of all layers. */
	vanished: 1e-5,
	/** Gradient norm of any layer; a healthy network's lie between 0.01 and 10. */
	exploded: 1e4,
	/** Share of the layers whose gradient is exactly 0. */
	dead: 0.5,
	/** Loss over the loss of the first steps. */
	diverged: 2,
	/**
	 * Difference of two training errors. The mean of `FINDING_WINDOW` batches of 64 has a standard deviation of about 0.01, that
	 * of a difference 0.014: three times that.
	 */
	apart: 0.04
} as const;
