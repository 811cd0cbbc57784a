/**
 * Where the gradient travels, as values: through the shortcut or the branch of each block, and by paths of which length
 * (Veit, Wilber and Belongie 2016).
 */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { encodeNumber, indexSchema, magnitudeSchema } from '$lib/base/numbers';
import { checkLanes, laneEntries, oneFor, upToStep, type Study } from '../study';
import { blocksDisagree, blockTermsSchema, writeBlockTerms } from '../terms';

/** Number of training images that everything is measured on, as one batch. */
export const TRAVEL_IMAGES = 32;
/** Most paths followed for each length, to choose from; 0 leaves the paths out. */
export const PATH_SAMPLES = [0, 10, 30, 100] as const;

const specSchema = v.strictObject({
	/** Seed of the paths. */
	seed: v.pipe(indexSchema, v.maxValue(1_000_000)),
	samples: v.picklist(PATH_SAMPLES)
});
export type TravelSpec = Immutable<v.InferOutput<typeof specSchema>>;

const recordSchema = v.object({
	...laneEntries,
	images: indexSchema,
	/** Over the whole batch. */
	blocks: blockTermsSchema,
	/** Absent if not measured, or without an open shortcut. */
	lengths: v.optional(
		v.object({
			...specSchema.entries,
			/** By the number of open blocks that the paths pass through the branch, from 0. */
			norms: v.array(
				v.object({
					/** Number of paths followed. */
					followed: indexSchema,
					/** Mean norm of their gradients by the images. */
					mean: magnitudeSchema
				})
			)
		})
	)
});
/** The result of one lane after `step` updates. */
export type TravelRecord = Immutable<v.InferOutput<typeof recordSchema>>;
export type PathLengths = NonNullable<TravelRecord['lengths']>;

export interface TravelStudy {
	readonly spec: TravelSpec;
	readonly note: TravelSpec;
	readonly found: TravelRecord;
	readonly kept: readonly TravelRecord[];
	readonly key: 'travels';
}

export const travel: Study<TravelStudy> = {
	nothing: [],
	/** A lane has one result at a step, the latest. */
	merge: oneFor('step', 'lane'),
	upTo: upToStep,
	// Blocks alone are measured while stepping, which asks for nothing else than before.
	asked: { schema: specSchema, note: (spec) => (spec.samples ? spec : undefined) },
	recorded: {
		key: 'travels',
		schema: v.array(recordSchema),
		write: (kept) =>
			kept.map(({ blocks, lengths, ...found }) => ({
				...found,
				blocks: writeBlockTerms(blocks),
				...(lengths && {
					lengths: {
						...lengths,
						norms: lengths.norms.map((norm) => ({ ...norm, mean: encodeNumber(norm.mean) }))
					}
				})
			})),
		check: (kept, networks) =>
			checkLanes(kept, networks, ({ blocks }, network) => blocksDisagree(blocks, network))
	}
};
