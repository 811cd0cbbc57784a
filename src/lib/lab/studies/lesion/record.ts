/** Test errors of a network without each of its blocks, as values. `measure.ts` measures them. */

/** Test errors, 0…1, of one lane after `step` updates. */
export interface LesionRecord {
	readonly step: number;
	readonly lane: number;
	readonly images: number;
	/** Of the whole network. */
	readonly whole: number;
	/** By block; null where nothing fits without it. */
	readonly without: readonly (number | null)[];
}
