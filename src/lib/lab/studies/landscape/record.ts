/** The loss around trained weights (Li et al. 2018), as values: what is asked for, and what has been measured. */
import * as v from 'valibot';
import { encodeNumber, indexSchema, numberSchema } from '$lib/base/numbers';
import { checkLanes, upToStep, type Study } from '../study';

/** Points along each side, from coarse to fine; every grid has the points of the one before it. */
export const GRIDS = [5, 9, 17, 33] as const;
export const LANDSCAPE_IMAGES = 256;
/** Running averages of batch normalisation have forgotten their start by then. */
export const LANDSCAPE_FROM = 20;

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

export interface LandscapeStudy {
	readonly spec: LandscapeSpec;
	readonly note: LandscapeSpec;
	readonly found: LandscapeRecord;
	readonly kept: readonly LandscapeRecord[];
	readonly key: 'landscapes';
}

export const landscape: Study<LandscapeStudy> = {
	nothing: [],
	/** In the place of a coarser grid of the same plane. */
	merge: (kept, found) => [
		...kept.filter(
			({ step, lane, seed, span }) =>
				step !== found.step || lane !== found.lane || seed !== found.seed || span !== found.span
		),
		found
	],
	upTo: upToStep,
	asked: {
		schema: v.strictObject({
			seed: v.pipe(indexSchema, v.maxValue(1_000_000)),
			span: v.pipe(v.number(), v.minValue(0.01), v.maxValue(10)),
			finest: v.picklist(GRIDS)
		}),
		note: (spec) => spec
	},
	recorded: {
		key: 'landscapes',
		schema: v.array(
			v.pipe(
				v.object({
					step: indexSchema,
					lane: indexSchema,
					seed: v.number(),
					span: v.pipe(v.number(), v.minValue(0)),
					images: indexSchema,
					size: v.picklist(GRIDS),
					losses: v.array(numberSchema)
				}),
				v.check(
					({ size, losses }) => losses.length === size * size,
					'expected as many losses as the grid has points'
				)
			)
		),
		write: (kept) => kept.map((l) => ({ ...l, losses: l.losses.map(encodeNumber) })),
		check: checkLanes
	}
};
