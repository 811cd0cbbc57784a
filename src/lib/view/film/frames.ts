/** Which steps of a run its film shows, and for how long. */

/** Seconds that the last step stays. */
const REST = 2;

export interface FilmFrame {
	/** The step to show, from 1. */
	readonly step: number;
	readonly seconds: number;
}

/**
 * Evenly spaced frames, the first of step 1 and the last of step `last`, on which the film rests.
 * @param seconds how long the film takes up to its last frame
 * @param rate most frames per second
 */
export function filmFrames(last: number, seconds: number, rate: number): FilmFrame[] {
	const moving = Math.min(last - 1, Math.round(seconds * rate));
	const steps = Array.from({ length: moving }, (_, i) => 1 + Math.round((i * (last - 1)) / moving));
	return [
		...steps.map((step) => ({ step, seconds: seconds / moving })),
		{ step: last, seconds: REST }
	];
}
