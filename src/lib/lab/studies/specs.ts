/**
 * What an experiment measures beside training, as part of its description: so that a link, a record or a lesson opens
 * the same panels with the same settings.
 */
import * as v from 'valibot';
import { ACTIVATIONS, INITIALISATIONS, isCifarDepth } from '$lib/network';
import { MAX_LAB_DEPTH } from '../depths';
import { GRIDS, type LandscapeSpec } from './landscape/record';
import type { StartSpec } from './start/record';

export const sweepSpecSchema = v.strictObject({
	depths: v.pipe(
		v.array(v.pipe(v.number(), v.check(isCifarDepth), v.maxValue(MAX_LAB_DEPTH))),
		v.minLength(1)
	),
	/** Seeds 1 to this. */
	seeds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
	/** Training steps of every network. */
	steps: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))
});
export type SweepSpec = Readonly<v.InferOutput<typeof sweepSpecSchema>>;

/** A look at one test image through one block and one node. */
export interface InsideStudy {
	readonly image: number;
	readonly block: number;
	readonly node: string;
}

export interface Studies {
	/** Gradients of fresh networks at all depths. */
	readonly start?: StartSpec;
	readonly landscape?: LandscapeSpec;
	readonly sweep?: SweepSpec;
	readonly inside?: InsideStudy;
}

const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));

export const startSpecSchema = v.strictObject({
	activation: v.picklist(ACTIVATIONS),
	batchNorm: v.boolean(),
	initialisation: v.picklist(INITIALISATIONS),
	seed: index
});

export const studiesSchema = v.strictObject({
	start: v.optional(startSpecSchema),
	landscape: v.optional(
		v.strictObject({
			seed: index,
			span: v.pipe(v.number(), v.minValue(0.01), v.maxValue(10)),
			finest: v.picklist(GRIDS)
		})
	),
	sweep: v.optional(sweepSpecSchema),
	inside: v.optional(
		v.strictObject({ image: index, block: index, node: v.pipe(v.string(), v.maxLength(60)) })
	)
});
