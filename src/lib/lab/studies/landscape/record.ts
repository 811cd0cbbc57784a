/** The loss landscape around trained weights (Li et al. 2018), as values: its specification and its results. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { encodeNumber, indexSchema, magnitudeSchema } from '$lib/base/numbers';
import { checkLanes, laneEntries, oneFor, upToStep, type Study } from '../study';

/** Grid sizes (points along each side), from coarse to fine; each grid contains the points of the previous one. */
export const GRIDS = [5, 9, 17, 33] as const;
export const LANDSCAPE_IMAGES = 256;
/** First step at which a landscape may be measured: by then, the running averages of batch normalisation have forgotten their initial values. */
export const LANDSCAPE_FROM = 20;

const specSchema = v.strictObject({
	/** Seed of the two directions. */
	seed: v.pipe(indexSchema, v.maxValue(1_000_000)),
	/** The plane reaches from −span to span along each direction. */
	span: v.pipe(v.number(), v.minValue(0.01), v.maxValue(10)),
	/** Points along each side of the finest grid. */
	finest: v.picklist(GRIDS)
});
export type LandscapeSpec = Immutable<v.InferOutput<typeof specSchema>>;

const recordSchema = v.pipe(
	v.object({
		...laneEntries,
		seed: v.number(),
		span: v.pipe(v.number(), v.minValue(0)),
		/** Number of training images that each loss is averaged over. */
		images: indexSchema,
		/** Points along each side of the grid. */
		size: v.picklist(GRIDS),
		/** Losses `[size · size]` in nats, rounded to five digits; each row is at one position along the second direction. */
		losses: v.array(magnitudeSchema)
	}),
	v.check(
		({ size, losses }) => losses.length === size * size,
		'expected as many losses as the grid has points'
	)
);
/** Losses of one lane around its weights after `step` updates. */
export type LandscapeRecord = Immutable<v.InferOutput<typeof recordSchema>>;

export interface LandscapeStudy {
	readonly spec: LandscapeSpec;
	readonly note: LandscapeSpec;
	readonly found: LandscapeRecord;
	readonly kept: readonly LandscapeRecord[];
	readonly key: 'landscapes';
}

export const landscape: Study<LandscapeStudy> = {
	nothing: [],
	/** A finer grid replaces a coarser one of the same plane. */
	merge: oneFor('step', 'lane', 'seed', 'span'),
	upTo: upToStep,
	asked: { schema: specSchema, note: (spec) => spec },
	recorded: {
		key: 'landscapes',
		schema: v.array(recordSchema),
		write: (kept) => kept.map((l) => ({ ...l, losses: l.losses.map(encodeNumber) })),
		check: checkLanes
	}
};
