/** A depth sweep as a value: which networks to train for how long, and the results so far. */
import { LAB_DEPTHS, MAX_LAB_DEPTH, PAIR_KINDS, type PairKind } from '../../depths';
import * as v from 'valibot';
import { checked, parsed } from '$lib/base/checked';
import { shareSchema } from '$lib/base/numbers';
import type { Immutable } from '$lib/base/immutable';
import { mean } from 'd3';
import { isCifarDepth } from '$lib/network';

export const sweepSpecSchema = v.strictObject({
	depths: v.pipe(
		v.array(
			v.pipe(
				v.number(),
				v.check(isCifarDepth, (issue) => `expected 6n + 2, received ${issue.received}`),
				v.maxValue(MAX_LAB_DEPTH)
			)
		),
		v.minLength(1),
		v.check((depths) => new Set(depths).size === depths.length, 'expected each depth once')
	),
	/** Number of seeds; the sweep uses seeds 1 to this. */
	seeds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
	/** Training steps of every network. */
	steps: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))
});
export type SweepSpec = Immutable<v.InferOutput<typeof sweepSpecSchema>>;

const error = v.nullable(shareSchema);
const sweepPointSchema = v.strictObject({
	depth: v.number(),
	seed: v.number(),
	kind: v.picklist(PAIR_KINDS),
	/** Mean training error of the last steps, 0…1; null if its numbers were no longer finite. */
	trainingError: error,
	/** Test error on all test images, 0…1; null if its numbers were no longer finite. */
	testError: error,
	/** Time of a step of both kinds together, in milliseconds. */
	milliseconds: v.number()
});
export type SweepPoint = Immutable<v.InferOutput<typeof sweepPointSchema>>;

/** A sweep with its results, as records contain it. */
export const sweepSchema = v.strictObject({
	spec: sweepSpecSchema,
	points: v.array(sweepPointSchema)
});
export type SweepRecord = Immutable<v.InferOutput<typeof sweepSchema>>;

const keptSweepSchema = v.strictObject({ version: v.literal(1), ...sweepSchema.entries });

export const DEFAULT_SWEEP: SweepSpec = { depths: [...LAB_DEPTHS], seeds: 2, steps: 150 };

/** Number of steps that a training error is averaged over. */
export const SWEEP_WINDOW = 20;

export interface SweepRun {
	readonly depth: number;
	readonly seed: number;
}

/** The runs still to do, in order: first all depths with the first seed, so that there is a curve early. */
export function runsLeft({ depths, seeds }: SweepSpec, points: readonly SweepPoint[]): SweepRun[] {
	const sorted = [...depths].sort((a, b) => a - b);
	return Array.from({ length: seeds }, (_, i) => i + 1)
		.flatMap((seed) => sorted.map((depth) => ({ depth, seed })))
		.filter(({ depth, seed }) => !points.some((p) => p.depth === depth && p.seed === seed));
}

/** Mean, smallest and largest error over the seeds at each depth, by increasing depth. */
export function errorsByDepth(
	points: readonly SweepPoint[],
	kind: PairKind,
	which: 'trainingError' | 'testError'
): { depth: number; mean: number; least: number; largest: number; seeds: number }[] {
	const depths = [...new Set(points.map(({ depth }) => depth))].sort((a, b) => a - b);
	return depths.flatMap((depth) => {
		const errors = points.flatMap((p) =>
			p.depth === depth && p.kind === kind && p[which] !== null ? [p[which]] : []
		);
		if (!errors.length) return [];
		return {
			depth,
			mean: mean(errors) ?? NaN,
			least: Math.min(...errors),
			largest: Math.max(...errors),
			seeds: errors.length
		};
	});
}

export function writeSweep(spec: SweepSpec, points: readonly SweepPoint[]): string {
	return JSON.stringify({ version: 1, spec, points });
}

/** @throws RecordError saying which part of a kept sweep is wrong */
export const readSweep = (text: string): SweepRecord => checked(keptSweepSchema, parsed(text));
