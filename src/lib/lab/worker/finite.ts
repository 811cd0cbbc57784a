import type { LaneMetrics } from '$lib/engine/engine';

/** Whether a step's loss and gradients are finite; if not, it made no update. */
export const finite = ({ loss, gradientNorms }: LaneMetrics): boolean =>
	Number.isFinite(loss) && gradientNorms.every(Number.isFinite);
