/** The loss around trained weights as values: what is asked for, and what has been measured. `plane.ts` measures it. */

export interface LandscapeSpec {
	/** Of the two directions. */
	readonly seed: number;
	/** The plane reaches from −span to span along each direction. */
	readonly span: number;
	/** Points along each side of the finest grid: one of `GRIDS`. */
	readonly finest: (typeof GRIDS)[number];
}

/** Losses of one lane around its weights after `step` updates. */
export interface LandscapeRecord {
	readonly step: number;
	readonly lane: number;
	readonly seed: number;
	readonly span: number;
	/** Training images that each loss is the mean of. */
	readonly images: number;
	/** Points along each side. */
	readonly size: number;
	/** `[size · size]`, row by row along the second direction, in nats; rounded to five digits. */
	readonly losses: readonly number[];
}

/** Points along each side, from coarse to fine; every grid has the points of the one before it. */
export const GRIDS = [5, 9, 17, 33] as const;
export const LANDSCAPE_IMAGES = 256;
/** Running averages of batch normalisation have forgotten their start by then. */
export const LANDSCAPE_FROM = 20;
