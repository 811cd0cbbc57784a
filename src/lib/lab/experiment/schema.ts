/** Checks experiments that come from outside: links, records, files. Separate from `experiment.ts`, which pages load at once. */
import * as v from 'valibot';
import { checked } from '$lib/base/checked';
import type { Immutable } from '$lib/base/immutable';
import { OPTIMISERS } from '$lib/engine/engine';
import {
	ACTIVATIONS,
	INITIALISATIONS,
	isCifarDepth,
	isMiniName,
	NORMS,
	type MiniName,
	type Spelling
} from '$lib/network';
import { withNorm } from '../earlier';
import { studiesSchema } from '../studies';
import { MAX_LAB_DEPTH } from '../depths';
import {
	blockCount,
	isCifar,
	miniSpellings,
	pretrainingsOf,
	type LaneNetwork
} from './laneNetwork';
import { LIMITS, MAX_LANES, PRETRAININGS, READ_LIMITS } from '../limits';

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

const cifarSchema = v.pipe(
	v.strictObject({
		depth: v.pipe(
			v.number(),
			v.check(
				isCifarDepth,
				(issue) => `expected 6n + 2, from 8 to 1202, received ${issue.received}`
			)
		),
		width: whole(...READ_LIMITS.width),
		shortcut: v.picklist(['none', 'A', 'B', 'C']),
		activation: v.picklist(ACTIVATIONS),
		norm: v.picklist(NORMS),
		initialisation: v.picklist(INITIALISATIONS),
		order: v.optional(v.literal('pre')),
		dropout: v.optional(real(...READ_LIMITS.dropout)),
		classes: v.optional(whole(...READ_LIMITS.classes))
	}),
	v.check(
		({ order, shortcut }) => order !== 'pre' || shortcut !== 'none',
		'expected no order in a plain network'
	)
);

/** A value that a link could name. */
const spelled = ({ read, write, expected }: Spelling) =>
	v.pipe(
		v.union([v.string(), v.number()]),
		v.check(
			(value) => read(write(value)) === value,
			({ received }) =>
				`expected ${
					'names' in expected ? expected.names.join(', ') : expected.bounds.join(' to ')
				}, received ${received}`
		)
	);

/** The options of another family, as its links spell them. */
const miniSchema = (family: MiniName) =>
	v.strictObject({
		family: v.literal(family),
		...Object.fromEntries(
			miniSpellings(family).map(([field, spelling]) => [field, spelled(spelling)])
		)
	});

const networkSchema = v.lazy((network): v.GenericSchema<unknown, LaneNetwork> => {
	const family = (network as { family?: unknown } | null)?.family;
	const schema = isMiniName(family) ? miniSchema(family) : cifarSchema;
	return schema as unknown as v.GenericSchema<unknown, LaneNetwork>;
});

const laneSchema = v.pipe(
	v.strictObject({
		network: networkSchema,
		/** One number per block, 0 if its shortcut is cut; null if all shortcuts are whole. */
		gates: v.nullable(v.array(real(...READ_LIMITS.gate))),
		/** How smaller networks are trained before step 0, whose layers start this one (`pretraining.ts`), each for `steps` steps; none when absent. */
		pretraining: v.optional(
			v.strictObject({
				kind: v.picklist(PRETRAININGS),
				steps: whole(...READ_LIMITS.pretrainingSteps)
			})
		),
		/** Whether the network starts one rounding away (`withOneRounding`); it does not when absent. */
		rounding: v.optional(v.literal(true))
	}),
	v.rawCheck(({ dataset, addIssue }) => {
		if (!dataset.typed) return;
		const { network, gates, pretraining } = dataset.value;
		try {
			const blocks = blockCount(network);
			const can = pretrainingsOf(network);
			if (pretraining && !can.includes(pretraining.kind))
				addIssue({
					message: `expected no pretraining '${pretraining.kind}' of this network: it can have ${can.join(', ') || 'none'}`
				});
			if (gates && gates.length !== blocks)
				addIssue({ message: `expected one gate per block: ${blocks}, received ${gates.length}` });
		} catch (error) {
			// Options that do not fit together.
			if (!(error instanceof RangeError)) throw error;
			addIssue({ message: error.message });
		}
	})
);

const scheduleSchema = v.variant('kind', [
	/** Divides the learning rate by 10 after each of these steps, as in §4.2 of the paper (after 32,000 and 48,000 of 64,000). */
	v.strictObject({
		kind: v.literal('drops'),
		after: v.pipe(
			v.array(whole(...READ_LIMITS.steps)),
			v.maxLength(20, 'expected at most 20 drops')
		)
	}),
	/** Lowers the learning rate to 0 along half a cosine over `steps` steps (Loshchilov and Hutter 2017), where it stays. */
	v.strictObject({ kind: v.literal('cosine'), steps: whole(1, READ_LIMITS.steps[1]) })
]);

const todaysSchema = v.strictObject({
	version: v.literal(1),
	/** Name of the preset that the experiment was made from. Small changes keep it, so that the user can reset to it. */
	preset: v.string(),
	lanes: v.pipe(
		v.array(laneSchema),
		v.minLength(1, 'expected at least one lane'),
		v.maxLength(MAX_LANES, `expected at most ${MAX_LANES} lanes`)
	),
	data: v.strictObject({
		/** Id in the catalogue of data sets. */
		set: v.string(),
		/** Whether images are halved by averaging 2×2 pixels, for a quarter of the work (28 → 14, padded to 16). */
		halve: v.boolean(),
		/** Whether to augment by random crops after zero-padding, and by horizontal flips. */
		augment: v.boolean()
	}),
	recipe: v.strictObject({
		batch: whole(...READ_LIMITS.batch),
		learningRate: real(...READ_LIMITS.learningRate),
		momentum: real(...READ_LIMITS.momentum),
		weightDecay: real(...READ_LIMITS.weightDecay),
		/** SGD when absent. */
		optimiser: v.optional(v.picklist(OPTIMISERS)),
		/** The L2 norm, over all parameters of a network, to which gradients are clipped; no clipping when absent. */
		clip: v.optional(real(...READ_LIMITS.clip)),
		/** Constant when absent. */
		schedule: v.optional(scheduleSchema),
		/** Number of steps over which the learning rate warms up; 0 when absent. */
		warmUp: v.optional(whole(...READ_LIMITS.steps))
	}),
	/** The test error is measured every `every` steps, on the first `images` test images. */
	evaluation: v.strictObject({
		every: whole(...READ_LIMITS.every),
		images: whole(...READ_LIMITS.images)
	}),
	/** Seed of the initial weights, the order of images, and augmentation. */
	seed: whole(...READ_LIMITS.seed),
	/** Planned changes: each sets all gates of a lane after a step. None when absent. */
	plan: v.optional(
		v.pipe(
			v.array(
				v.strictObject({
					after: whole(1, READ_LIMITS.steps[1]),
					lane: whole(0, MAX_LANES - 1),
					gate: real(...READ_LIMITS.gate)
				})
			),
			v.maxLength(100, 'expected at most 100 changes')
		)
	),
	/** Studies to make beside training; none when absent. */
	studies: v.optional(studiesSchema)
});

/** Checks an experiment of this version or an earlier one; also part of the check of records. */
export const experimentSchema = v.pipe(
	v.unknown(),
	v.transform(withNorm),
	todaysSchema,
	v.check(
		({ lanes, plan }) => !plan?.some(({ lane }) => lane >= lanes.length),
		'expected a plan for lanes of the experiment'
	)
);
export type Experiment = Immutable<v.InferOutput<typeof experimentSchema>>;

/**
 * @throws RecordError naming the value that is wrong and what was expected
 * @public tools take it
 */
export const checkExperiment = (value: unknown): Experiment => checked(experimentSchema, value);

/** A value that an experiment may have, but the settings do not offer. */
export interface UnusualValue {
	/** Its place in the experiment, such as `recipe.momentum`. */
	readonly path: string;
	readonly value: number;
	readonly bounds: readonly [least: number, most: number];
}

/** The values of an experiment that the settings do not offer. */
export function unusualValues({ recipe, lanes }: Experiment): UnusualValue[] {
	const found: UnusualValue[] = (['learningRate', 'momentum', 'weightDecay'] as const).map(
		(key) => ({ path: `recipe.${key}`, value: recipe[key], bounds: LIMITS[key] })
	);
	for (const [i, { network }] of lanes.entries())
		if (isCifar(network))
			found.push({
				path: `lanes.${i}.network.depth`,
				value: network.depth,
				bounds: [8, MAX_LAB_DEPTH]
			});
	return found.filter(({ value, bounds: [least, most] }) => value < least || value > most);
}
