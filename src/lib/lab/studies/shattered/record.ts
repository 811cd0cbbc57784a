/**
 * Shattered gradients, as values: how the gradient by the image changes along the line between two images (Balduzzi,
 * Frean, Leary, Lewis, Ma and McWilliams, The Shattered Gradients Problem, ICML 2017).
 */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { encodeNumber, indexSchema, numberSchema } from '$lib/base/numbers';
import { checkLanes, laneEntries, oneFor, upToStep, type Study } from '../study';

/** Numbers of points on a line to choose from. */
export const LINE_POINTS = [32, 64, 128] as const;
/** The two images are drawn from this many training images, or from all if there are fewer. */
export const LINE_IMAGES = 256;

const specSchema = v.strictObject({
	/** Seed of the two images. */
	seed: v.pipe(indexSchema, v.maxValue(1_000_000)),
	points: v.picklist(LINE_POINTS)
});
export type ShatteredSpec = Immutable<v.InferOutput<typeof specSchema>>;

const recordSchema = v.pipe(
	v.object({
		...laneEntries,
		...specSchema.entries,
		/** Indices, in the training split, of the images at which the line begins and ends. */
		images: v.tuple([indexSchema, indexSchema]),
		/** Their classes; the gradient is that of the first one's score. */
		classes: v.tuple([indexSchema, indexSchema]),
		/** By point: the derivative of the score along the line, by the share of the line, to five digits. */
		slopes: v.array(numberSchema),
		/** By lag, from 0: the autocorrelation of the whole gradients, to five digits; see `autocorrelation`. */
		correlation: v.array(numberSchema)
	}),
	v.check(
		({ points, slopes, correlation }) =>
			slopes.length === points && correlation.length === points / 2 + 1,
		'expected a slope for each point and a correlation for each lag up to half of them'
	)
);
/** The result of one lane after `step` updates. */
export type ShatteredRecord = Immutable<v.InferOutput<typeof recordSchema>>;

export interface ShatteredStudy {
	readonly spec: ShatteredSpec;
	readonly note: ShatteredSpec;
	readonly found: ShatteredRecord;
	readonly kept: readonly ShatteredRecord[];
	readonly key: 'shattered';
}

export const shattered: Study<ShatteredStudy> = {
	nothing: [],
	/** A lane has one result at a step, the latest. */
	merge: oneFor('step', 'lane'),
	upTo: upToStep,
	asked: { schema: specSchema, note: (spec) => spec },
	recorded: {
		key: 'shattered',
		schema: v.array(recordSchema),
		write: (kept) =>
			kept.map((one) => ({
				...one,
				slopes: one.slopes.map(encodeNumber),
				correlation: one.correlation.map(encodeNumber)
			})),
		check: checkLanes
	}
};
