/**
 * Where the gradient travels, as values: through the shortcut or the branch of each block, and by paths of which length
 * (Veit, Wilber and Belongie 2016).
 */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { encodeNumber, indexSchema, magnitudeSchema } from '$lib/base/numbers';
import { checkLanes, laneEntries, upToStep, type Study } from '../study';

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

/** L2 norms, over the whole batch, of a block's two terms and of their sum. */
const termsSchema = v.object({
	shortcut: magnitudeSchema,
	branch: magnitudeSchema,
	sum: magnitudeSchema
});

const recordSchema = v.object({
	...laneEntries,
	images: indexSchema,
	/** By block; null for one without a shortcut. */
	blocks: v.array(
		v.nullable(
			v.object({
				/** Of x, the shortcut's term after its gate, and F(x). */
				forward: termsSchema,
				/** Of what comes back to the block's input, in nats by its output. */
				backward: termsSchema
			})
		)
	),
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
export type BlockTravel = NonNullable<TravelRecord['blocks'][number]>;
export type Terms = BlockTravel['forward'];
export type PathLengths = NonNullable<TravelRecord['lengths']>;

export interface TravelStudy {
	readonly spec: TravelSpec;
	readonly note: TravelSpec;
	readonly found: TravelRecord;
	readonly kept: readonly TravelRecord[];
	readonly key: 'travels';
}

const writeTerms = ({ shortcut, branch, sum }: Terms) => ({
	shortcut: encodeNumber(shortcut),
	branch: encodeNumber(branch),
	sum: encodeNumber(sum)
});

export const travel: Study<TravelStudy> = {
	nothing: [],
	/** A lane has one result at a step, the latest. */
	merge: (kept, found) => [
		...kept.filter(({ step, lane }) => step !== found.step || lane !== found.lane),
		found
	],
	upTo: upToStep,
	// Blocks alone are measured while stepping, which asks for nothing else than before.
	asked: { schema: specSchema, note: (spec) => (spec.samples ? spec : undefined) },
	recorded: {
		key: 'travels',
		schema: v.array(recordSchema),
		write: (kept) =>
			kept.map(({ blocks, lengths, ...found }) => ({
				...found,
				blocks: blocks.map(
					(block) =>
						block && { forward: writeTerms(block.forward), backward: writeTerms(block.backward) }
				),
				...(lengths && {
					lengths: {
						...lengths,
						norms: lengths.norms.map((norm) => ({ ...norm, mean: encodeNumber(norm.mean) }))
					}
				})
			})),
		check: (kept, networks) =>
			checkLanes(kept, networks, ({ blocks }, { blocks: own }) => {
				const detail = `expected ${own.length} blocks, received ${blocks.length}`;
				return blocks.length === own.length ? null : { path: 'blocks', detail };
			})
	}
};
