/** The same networks trained again with other seeds, as values: how far results depend on the seed. */
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { oneFor, upToStep, type Study } from '../study';
import { MOST_POINTS } from './spread';

/** Most seeds that a run can be compared over, with its own. */
export const MOST_SEEDS = 20;

const noteSchema = v.strictObject({
	/** Number of seeds, with the run's own. */
	count: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(MOST_SEEDS))
});
export type SeedsNote = Immutable<v.InferOutput<typeof noteSchema>>;

export interface SeedsSpec extends SeedsNote {
	/** The seeds to train with now. */
	readonly seeds: readonly number[];
}

const recordSchema = v.pipe(
	v.object({
		/** Number of training steps. */
		step: indexSchema,
		seed: indexSchema,
		/** The steps of the curves. */
		steps: v.pipe(v.array(indexSchema), v.maxLength(MOST_POINTS)),
		/** Each network of the run, in its order. */
		lanes: v.array(
			v.object({
				/** Training errors at these steps, each a mean over the last steps up to it; null after the network has stopped. */
				errors: v.array(v.nullable(shareSchema)),
				/** Mean training error of the last steps, 0…1; null if the network has stopped. */
				trainingError: v.nullable(shareSchema),
				/** Test error after the last step, 0…1; null if the network has stopped. */
				testError: v.nullable(shareSchema)
			})
		)
	}),
	v.check(
		({ steps, lanes }) => lanes.every(({ errors }) => errors.length === steps.length),
		'expected as many training errors as steps'
	)
);
/** The networks trained with one other seed. */
export type SeedRecord = Immutable<v.InferOutput<typeof recordSchema>>;

export interface SeedsStudy {
	readonly spec: SeedsSpec;
	readonly note: SeedsNote;
	readonly found: SeedRecord;
	readonly kept: readonly SeedRecord[];
	readonly key: 'seeds';
}

export const seeds: Study<SeedsStudy> = {
	nothing: [],
	merge: oneFor('seed', 'step'),
	upTo: upToStep,
	asked: { schema: noteSchema, note: ({ count }) => ({ count }) },
	recorded: {
		key: 'seeds',
		schema: v.array(recordSchema),
		check: (kept, networks) => {
			const at = kept.findIndex(({ lanes }) => lanes.length !== networks.length);
			const detail = `expected ${networks.length} networks, received ${kept[at]?.lanes.length}`;
			return at < 0 ? null : { path: `${at}.lanes`, detail };
		}
	}
};

/** The lowest seeds, from 1 up, that a run still needs to be compared over `count` seeds at a step. */
export function seedsLeft(
	kept: readonly SeedRecord[],
	own: number,
	step: number,
	count: number
): number[] {
	const taken = new Set([own, ...kept.flatMap((found) => (found.step === step ? found.seed : []))]);
	const left: number[] = [];
	for (let seed = 1; taken.size + left.length < count; seed++)
		if (!taken.has(seed)) left.push(seed);
	return left;
}
