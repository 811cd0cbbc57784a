/** Gradients before any training as values: what is asked for, and what has been measured. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { encodeNumber, indexSchema, numberSchema, shortest } from '$lib/base/numbers';
import { ACTIVATIONS, INITIALISATIONS, NORMS } from '$lib/network';
import { PAIR_KINDS } from '../../depths';
import { withNorm } from '../../earlier';
import type { Study } from '../study';

/** Up to the deepest of the paper. */
export const START_DEPTHS = [8, 20, 32, 56, 110, 302, 602, 1202] as const;
/** Networks are narrow and the batch small, so that the deepest fits; ratios between layers hardly depend on either. */
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
				/** Of the kernel of every layer, from the image to the class scores. */
				norms: v.object(v.entriesFromList(PAIR_KINDS, v.array(numberSchema)))
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
/** What was asked for, and the gradient norms that have been measured of it. */
export type StartRecord = Immutable<v.InferOutput<typeof recordSchema>>;
/** At one depth. */
export type StartProfile = StartRecord['profiles'][number];

export interface StartStudy {
	readonly spec: StartSpec;
	readonly note: StartSpec;
	/** All that is known so far. */
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
