/** The check of experiments that come from outside: links, records, files. Apart from `experiment.ts`, which pages load at once. */
import * as v from 'valibot';
import { checked } from '$lib/base/checked';
import type { Immutable } from '$lib/base/immutable';
import { OPTIMISERS } from '$lib/engine/engine';
import { ACTIVATIONS, INITIALISATIONS, isCifarDepth, MAX_CLASSES, NORMS } from '$lib/network';
import { withNorm } from '../earlier';
import { studiesSchema } from '../studies';
import { LIMITS, MAX_LANES } from './limits';

const real = (min: number, max: number) =>
	v.pipe(
		v.number(),
		v.finite(),
		v.minValue(min, (issue) => `expected at least ${min}, received ${issue.received}`),
		v.maxValue(max, (issue) => `expected at most ${max}, received ${issue.received}`)
	);

const whole = (min: number, max: number) =>
	v.pipe(
		real(min, max),
		v.integer((issue) => `expected a whole number, received ${issue.received}`)
	);

const laneSchema = v.pipe(
	v.strictObject({
		network: v.strictObject({
			depth: v.pipe(
				v.number(),
				v.check(
					isCifarDepth,
					(issue) => `expected 6n + 2, from 8 to 1202, received ${issue.received}`
				)
			),
			width: whole(...LIMITS.width),
			shortcut: v.picklist(['none', 'A', 'B', 'C']),
			activation: v.picklist(ACTIVATIONS),
			norm: v.picklist(NORMS),
			initialisation: v.picklist(INITIALISATIONS),
			order: v.optional(v.literal('pre')),
			dropout: v.optional(real(...LIMITS.dropout)),
			classes: v.optional(whole(2, MAX_CLASSES))
		}),
		/** One number per block, 0 where its shortcut is cut; null: all whole. */
		gates: v.nullable(v.array(real(0, 1)))
	}),
	v.check(
		({ network, gates }) => gates === null || gates.length === (network.depth - 2) / 2,
		'expected one gate per block: (depth − 2) / 2'
	)
);

const scheduleSchema = v.variant('kind', [
	/** Divided by 10 after each of these steps, as in §4.2 of the paper (there 32,000 and 48,000 of 64,000). */
	v.strictObject({
		kind: v.literal('drops'),
		after: v.pipe(v.array(whole(...LIMITS.steps)), v.maxLength(20, 'expected at most 20 drops'))
	}),
	/** Falls to 0 along half a cosine over so many steps (Loshchilov and Hutter 2017), and stays there. */
	v.strictObject({ kind: v.literal('cosine'), steps: whole(1, LIMITS.steps[1]) })
]);

const todaysSchema = v.strictObject({
	version: v.literal(1),
	/** Name of the preset it was made from; kept through small changes, so that it can be reset. */
	preset: v.string(),
	lanes: v.pipe(
		v.array(laneSchema),
		v.minLength(1, 'expected at least one lane'),
		v.maxLength(MAX_LANES, `expected at most ${MAX_LANES} lanes`)
	),
	data: v.strictObject({
		/** Id in the catalogue of data sets. */
		set: v.string(),
		/** Averages 2×2 pixels: a quarter of the work (28 → 14, padded to 16). */
		halve: v.boolean(),
		/** Random crops after zero-padding, and horizontal flips. */
		augment: v.boolean()
	}),
	recipe: v.strictObject({
		batch: whole(...LIMITS.batch),
		learningRate: real(...LIMITS.learningRate),
		momentum: real(0, 1),
		weightDecay: real(0, 1),
		/** SGD when absent. */
		optimiser: v.optional(v.picklist(OPTIMISERS)),
		/** Largest L2 norm of the gradient over all parameters of a network; none when absent. */
		clip: v.optional(real(...LIMITS.clip)),
		/** Constant when absent. */
		schedule: v.optional(scheduleSchema),
		/** Steps over which the learning rate rises; 0 when absent. */
		warmUp: v.optional(whole(...LIMITS.steps))
	}),
	/** The test error is measured after every so many steps, on so many test images, the first ones. */
	evaluation: v.strictObject({ every: whole(1, 100_000), images: whole(1, 100_000) }),
	/** Of initial weights, order of images and augmentation. */
	seed: whole(...LIMITS.seed),
	/** Sets all gates of a lane once so many steps are made; nothing when absent. */
	plan: v.optional(
		v.pipe(
			v.array(
				v.strictObject({
					after: whole(1, LIMITS.steps[1]),
					lane: whole(0, MAX_LANES - 1),
					gate: real(0, 1)
				})
			),
			v.maxLength(100, 'expected at most 100 changes')
		)
	),
	/** What is measured beside training; nothing when absent. */
	studies: v.optional(studiesSchema)
});

/** What a valid experiment is, of this version or an earlier one; also part of the check of records. */
export const experimentSchema = v.pipe(v.unknown(), v.transform(withNorm), todaysSchema);
export type Experiment = Immutable<v.InferOutput<typeof experimentSchema>>;

/** @throws RecordError naming the value that is wrong and what was expected */
export const checkExperiment = (value: unknown): Experiment => checked(experimentSchema, value);
