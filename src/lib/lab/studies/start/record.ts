/** Gradients before training, as values: the specification and the results. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { encodeNumber, indexSchema, magnitudeSchema, shortest } from '$lib/base/numbers';
import { ACTIVATIONS, INITIALISATIONS, NORMS } from '$lib/network';
import { PAIR_KINDS } from '../../depths';
import { withNorm } from '../../earlier';
import type { Study } from '../study';

/** Depths to choose from, up to the deepest of the paper. */
export const START_DEPTHS = [8, 20, 32, 56, 110, 302, 602, 1202] as const;
/** Width of the networks. It is small, as is the batch, so that the deepest network fits; ratios between layers hardly depend on either. */
export const START_WIDTH = 8;
export const START_IMAGES = 16;

const specSchema = v.strictObject({
	activation: v.picklist(ACTIVATIONS),
	norm: v.picklist(NORMS),
	initialisation: v.picklist(INITIALISATIONS),
	seed: v.pipe(indexSchema, v.maxValue(1_000_000))
});
export type StartSpec = Immutable<v.InferOutput<typeof specSchema>>;

const recordSchema = v.object({
	probe: specSchema,
	profiles: v.pipe(
		v.array(
			v.object({
				depth: v.picklist(START_DEPTHS),
				/** Gradient norms of the kernel of every layer, from the image to the class scores, for both kinds. */
				norms: v.object(v.entriesFromList(PAIR_KINDS, v.array(magnitudeSchema)))
			})
		),
		v.check(
			(profiles) =>
				profiles.every(({ depth, norms }) =>
					PAIR_KINDS.every((kind) => norms[kind].length === depth)
				),
			'expected as many norms as the network has layers'
		)
	)
});
/** The specification, and the gradient norms measured so far. */
export type StartRecord = Immutable<v.InferOutput<typeof recordSchema>>;
/** The result at one depth. */
export type StartProfile = StartRecord['profiles'][number];

export interface StartStudy {
	readonly spec: StartSpec;
	readonly note: StartSpec;
	/** The results measured so far. */
	readonly found: StartRecord;
	readonly kept: StartRecord | null;
	readonly key: 'start';
}

export const start: Study<StartStudy> = {
	nothing: null,
	merge: (_, found) => found,
	outlivesRun: true,
	asked: { schema: specSchema, note: (spec) => spec },
	recorded: {
		key: 'start',
		schema: v.pipe(v.unknown(), v.transform(withNorm), v.nullable(recordSchema)),
		write: (kept) =>
			kept && {
				...kept,
				profiles: kept.profiles.map(({ depth, norms }) => ({
					depth,
					norms: Object.fromEntries(
						PAIR_KINDS.map((kind) => [kind, norms[kind].map((x) => encodeNumber(shortest(x)))])
					)
				}))
			}
	}
};
