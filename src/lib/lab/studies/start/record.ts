/** Gradients before any training as values: what is asked for, and what has been measured. */
import * as v from 'valibot';
import { encodeNumber, indexSchema, numberSchema, shortest } from '$lib/base/numbers';
import { ACTIVATIONS, INITIALISATIONS, type Activation, type Initialisation } from '$lib/network';
import { PAIR_KINDS, type PairKind } from '../../depths';
import type { Study } from '../study';

export interface StartSpec {
	readonly activation: Activation;
	readonly batchNorm: boolean;
	readonly initialisation: Initialisation;
	readonly seed: number;
}

/** Up to the deepest of the paper. */
export const START_DEPTHS = [8, 20, 32, 56, 110, 302, 602, 1202] as const;
/** Networks are narrow and the batch small, so that the deepest fits; ratios between layers hardly depend on either. */
export const START_WIDTH = 8;
export const START_IMAGES = 16;

/** What was asked for, and what has been measured of it. */
export interface StartRecord {
	readonly probe: StartSpec;
	readonly profiles: readonly StartProfile[];
}

/** Gradient norm of the kernel of every layer, from the image to the class scores, at one depth. */
export interface StartProfile {
	readonly depth: number;
	readonly norms: Readonly<Record<PairKind, readonly number[]>>;
}

export interface StartStudy {
	readonly spec: StartSpec;
	readonly note: StartSpec;
	/** All that is known so far. */
	readonly found: StartRecord;
	readonly kept: StartRecord | null;
	readonly key: 'start';
}

const specSchema = v.strictObject({
	activation: v.picklist(ACTIVATIONS),
	batchNorm: v.boolean(),
	initialisation: v.picklist(INITIALISATIONS),
	seed: v.pipe(indexSchema, v.maxValue(1_000_000))
});

export const start: Study<StartStudy> = {
	nothing: null,
	merge: (_, found) => found,
	outlivesRun: true,
	asked: { schema: specSchema, note: (spec) => spec },
	recorded: {
		key: 'start',
		schema: v.nullable(
			v.object({
				probe: specSchema,
				profiles: v.pipe(
					v.array(
						v.object({
							depth: v.picklist(START_DEPTHS),
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
			})
		),
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
