/** A sweep over one or two settings as a value: which networks to train for how long, and the results so far. */
import { LAB_DEPTHS, PAIR_KINDS, type PairKind } from '../../depths';
import * as v from 'valibot';
import { checked, parsed } from '$lib/base/checked';
import { shareSchema } from '$lib/base/numbers';
import type { Immutable } from '$lib/base/immutable';
import { cross, mean } from 'd3';
import { depthsSchema, MOST_RUNS, NUMERIC_AXES, runCount } from './settings';

const rest = {
	/** Number of seeds; the sweep uses seeds 1 to this. */
	seeds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
	/** Training steps of every network. */
	steps: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))
};

const todaysSpecSchema = v.pipe(
	v.strictObject({
		axes: v.pipe(
			v.array(v.variant('setting', NUMERIC_AXES)),
			v.minLength(1),
			v.maxLength(2),
			v.check(
				(axes) => new Set(axes.map(({ setting }) => setting)).size === axes.length,
				'expected each setting once'
			)
		),
		...rest
	}),
	v.check((spec) => runCount(spec) <= MOST_RUNS, `expected at most ${MOST_RUNS} runs`)
);
export type SweepSpec = Immutable<v.InferOutput<typeof todaysSpecSchema>>;
export type SweepAxis = SweepSpec['axes'][number];

/** As earlier versions wrote it, which varied the depth alone. */
const depthSpecSchema = v.pipe(
	v.strictObject({ depths: depthsSchema, ...rest }),
	v.transform(({ depths, ...others }) => ({
		axes: [{ setting: 'depth' as const, values: depths }],
		...others
	}))
);

const has = (input: unknown, key: string) =>
	typeof input === 'object' && input !== null && key in input;

export const sweepSpecSchema = v.lazy((input): v.GenericSchema<unknown, SweepSpec> =>
	has(input, 'depths') ? depthSpecSchema : todaysSpecSchema
);

const error = v.nullable(shareSchema);
const pointEntries = {
	seed: v.number(),
	kind: v.picklist(PAIR_KINDS),
	/** Mean training error of the last steps, 0…1; null if its numbers were no longer finite. */
	trainingError: error,
	/** Test error on all test images, 0…1; null if its numbers were no longer finite. */
	testError: error,
	/** Time of a step of both kinds together, in milliseconds. */
	milliseconds: v.number()
};
const todaysPointSchema = v.strictObject({
	/** The value of each axis. */
	values: v.array(v.number()),
	...pointEntries
});
export type SweepPoint = Immutable<v.InferOutput<typeof todaysPointSchema>>;
const depthPointSchema = v.pipe(
	v.strictObject({ depth: v.number(), ...pointEntries }),
	v.transform(({ depth, ...others }) => ({ values: [depth], ...others }))
);
const sweepPointSchema = v.lazy((input): v.GenericSchema<unknown, SweepPoint> =>
	has(input, 'depth') ? depthPointSchema : todaysPointSchema
);

/** A sweep with its results, as records contain it. */
export const sweepSchema = v.pipe(
	v.strictObject({
		spec: sweepSpecSchema,
		points: v.array(sweepPointSchema)
	}),
	v.check(
		({ spec, points }) => points.every(({ values }) => values.length === spec.axes.length),
		'expected a value for each setting in every point'
	)
);
export type SweepRecord = Immutable<v.InferOutput<typeof sweepSchema>>;

const keptSweepSchema = v.pipe(
	v.looseObject({ version: v.literal(1) }),
	v.transform(({ version: _, ...sweep }): unknown => sweep),
	sweepSchema
);

export const DEFAULT_SWEEP: SweepSpec = {
	axes: [{ setting: 'depth', values: [...LAB_DEPTHS] }],
	seeds: 2,
	steps: 150
};

export interface SweepRun {
	/** The value of each axis. */
	readonly values: readonly number[];
	readonly seed: number;
}

export const sameValues = (a: readonly number[], b: readonly number[]): boolean =>
	a.length === b.length && a.every((value, i) => value === b[i]);
export const sameRun = (a: SweepRun, b: SweepRun): boolean =>
	a.seed === b.seed && sameValues(a.values, b.values);

/** Every combination of the axes' values, by increasing values. */
function combinations(axes: readonly SweepAxis[]): number[][] {
	const [first, second] = axes.map(({ values }) => [...values].sort((a, b) => a - b));
	return second ? cross(first, second) : first.map((value) => [value]);
}

/** The runs still to do, in order: first all combinations with the first seed, so that there is a picture early. */
export function runsLeft({ axes, seeds }: SweepSpec, points: readonly SweepPoint[]): SweepRun[] {
	const all = combinations(axes);
	return Array.from({ length: seeds }, (_, i) => i + 1)
		.flatMap((seed) => all.map((values) => ({ values, seed })))
		.filter((run) => !points.some((point) => sameRun(run, point)));
}

/** What a point tells: an error, 0…1, or the gap between both, test less training. */
export const SWEEP_MEASURES = ['trainingError', 'testError', 'gap'] as const;
export type SweepMeasure = (typeof SWEEP_MEASURES)[number];
function measured(point: SweepPoint, measure: SweepMeasure): number | null {
	if (measure !== 'gap') return point[measure];
	const { trainingError, testError } = point;
	return trainingError === null || testError === null ? null : testError - trainingError;
}

/** What the networks of one kind with one combination of values show over their seeds. */
export interface SweepCell {
	readonly values: readonly number[];
	/** Over the seeds whose numbers are finite; NaN if none are. */
	readonly mean: number;
	readonly least: number;
	readonly largest: number;
	/** Number of seeds whose numbers are finite, and of the others. */
	readonly seeds: number;
	readonly stopped: number;
}

/** The cells of a sweep that have results, by increasing values. */
export function sweepCells(
	axes: readonly SweepAxis[],
	points: readonly SweepPoint[],
	kind: PairKind,
	measure: SweepMeasure
): SweepCell[] {
	return combinations(axes).flatMap((values) => {
		const own = points.filter((p) => p.kind === kind && sameValues(p.values, values));
		if (!own.length) return [];
		const found = own.flatMap((point) => measured(point, measure) ?? []);
		return {
			values,
			mean: mean(found) ?? NaN,
			least: found.length ? Math.min(...found) : NaN,
			largest: found.length ? Math.max(...found) : NaN,
			seeds: found.length,
			stopped: own.length - found.length
		};
	});
}

export function writeSweep(spec: SweepSpec, points: readonly SweepPoint[]): string {
	return JSON.stringify({ version: 1, spec, points });
}

/** @throws RecordError saying which part of a kept sweep is wrong */
export const readSweep = (text: string): SweepRecord => checked(keptSweepSchema, parsed(text));
