/**
 * The record of a run: the experiment, where it ran, and every step's metrics and events. Written as
 * JSON without loss (32-bit floats in their shortest form; NaN and infinities as strings) and checked
 * when read.
 */
import type { ImageShape } from '$lib/base/image';
import * as v from 'valibot';
import type { BackendTrial, LaneMetrics, NotFinite } from '$lib/engine/engine';
import { analyse } from '$lib/network';
import { GRIDS, type LandscapeRecord } from '../studies/landscape/record';
import type { LesionRecord } from '../studies/lesion/record';
import type { ShuffleRecord } from '../studies/shuffle/record';
import { surgerySchema, unfit, type Surgery } from '../studies/surgery';
import { laneNetwork, type Experiment } from '../experiment/experiment';
import { experimentSchema } from '../experiment/schema';
import { PAIR_KINDS } from '../depths';
import { START_DEPTHS, type StartRecord } from '../studies/start/record';
import { startSpecSchema } from '../studies/specs';
import { sweepSchema, type SweepRecord } from '../studies/sweep/record';

export interface StepRecord {
	/** 1 for the first step: the number of updates made once it is done. */
	readonly step: number;
	/** Wall time of the step for all lanes, in milliseconds. */
	readonly milliseconds: number;
	/** By lane; null where the lane had stopped. */
	readonly lanes: readonly (LaneMetrics | null)[];
}

/** Test error of one lane after `step` updates, with the running averages of batch normalisation. */
export interface EvaluationRecord {
	readonly step: number;
	readonly lane: number;
	readonly loss: number;
	/** 0…1 */
	readonly error: number;
	readonly images: number;
}

/** Something that was done to a run or befell it, before its step number `step + 1`. */
export type RunEvent =
	| {
			readonly kind: 'gate';
			readonly step: number;
			readonly lane: number;
			readonly block: number;
			readonly gate: number;
	  }
	| { readonly kind: 'learning-rate'; readonly step: number; readonly learningRate: number }
	/** A lane's numbers are no longer finite: it stops as it was before this step, the others go on. */
	| {
			readonly kind: 'not-finite';
			readonly step: number;
			readonly lane: number;
			/** Where a value that is not finite came first; null when that could not be found out. */
			readonly where: NotFinite | null;
	  }
	/** A lane's weights were changed by hand. Test errors, 0…1, before and after it, on so many images. */
	| {
			readonly kind: 'surgery';
			readonly step: number;
			readonly lane: number;
			readonly operation: Surgery;
			readonly before: number;
			readonly after: number;
			readonly images: number;
	  }
	/** The lane has the weights again that it had before an operation, which was done after step `since`. */
	| {
			readonly kind: 'surgery-undone';
			readonly step: number;
			readonly lane: number;
			readonly operation: Surgery;
			readonly since: number;
			readonly after: number;
			readonly images: number;
	  }
	/** Training went on from the state after `step`, in a new worker, perhaps on another backend. */
	| {
			readonly kind: 'resumed';
			readonly step: number;
			readonly cause: ResumeCause;
			readonly backend: string;
	  };

/**
 * What had stopped a run that went on; `kept`: it was left, and taken up again from what this machine kept; `weights`: other
 * weights were put into a network.
 */
const RESUME_CAUSES = ['device-lost', 'worker', 'kept', 'weights'] as const;
export type ResumeCause = (typeof RESUME_CAUSES)[number];

export interface Environment {
	readonly app: string;
	readonly backend: string;
	readonly trials: readonly BackendTrial[];
	readonly userAgent: string;
	/** ISO 8601. */
	readonly startedAt: string;
	/** What it ran on, in words; only where it was recorded for others. */
	readonly machine?: string;
}

export interface RunRecord {
	readonly version: 1;
	readonly kind: 'residual-explorer-run';
	readonly experiment: Experiment;
	/** Shape of one image as the networks saw it, `[H, W, C]`. */
	readonly input: ImageShape;
	readonly environment: Environment;
	readonly steps: readonly StepRecord[];
	readonly evaluations: readonly EvaluationRecord[];
	readonly events: readonly RunEvent[];
	/** Absent in records of earlier versions. */
	readonly lesions?: readonly LesionRecord[];
	readonly landscapes?: readonly LandscapeRecord[];
	readonly shuffles?: readonly ShuffleRecord[];
	/** Gradients of fresh networks, as they were measured last. */
	readonly start?: StartRecord | null;
	/** The depth sweep that was on the page. */
	readonly sweep?: SweepRecord | null;
	/** Where norms are those of so many steps, and in between of the last of them (`recording.ts`); else absent. */
	readonly keptSteps?: number;
}

/** The file is no record of ours, or a damaged one; says where and what. */
export class RecordError extends Error {
	constructor(
		/** Path of the value in the file, `steps.3.lanes.0.loss`; empty for the whole. */
		readonly path: string,
		/** What was found and what was expected, in English. */
		readonly detail: string
	) {
		super(path ? `${path}: ${detail}` : detail);
		this.name = 'RecordError';
	}
}

/** The shortest decimal that reads back as the same 32-bit float. */
export function shortest(value: number): number {
	for (let digits = 6; digits < 9; digits++) {
		const short = Number(value.toPrecision(digits));
		if (Math.fround(short) === value) return short;
	}
	return value;
}

const encode = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** A step's lists of numbers. */
export const FLOAT_ARRAYS = [
	'gradientNorms',
	'weightNorms',
	'updateNorms',
	'deadShares',
	'blockOutputGradientNorms',
	'blockOutputStd'
] as const;

/** Writes a record as JSON. */
export function writeRecord(record: RunRecord): string {
	const encodeLane = (lane: LaneMetrics | null) =>
		lane && {
			loss: encode(lane.loss),
			trainingError: encode(lane.trainingError),
			...Object.fromEntries(
				FLOAT_ARRAYS.map((key) => [key, Array.from(lane[key], (x) => encode(shortest(x)))])
			)
		};
	return JSON.stringify({
		...writeHead(record),
		steps: record.steps.map((s) => ({ ...s, lanes: s.lanes.map(encodeLane) }))
	});
}

/** All but the steps, as plain JSON. */
export function writeHead({ steps: _, ...record }: RunRecord): object {
	return {
		...record,
		evaluations: record.evaluations.map((e) => ({ ...e, loss: encode(e.loss) })),
		landscapes: record.landscapes?.map((l) => ({ ...l, losses: l.losses.map(encode) })),
		start: record.start && {
			...record.start,
			profiles: record.start.profiles.map(({ depth, norms }) => ({
				depth,
				norms: Object.fromEntries(
					PAIR_KINDS.map((kind) => [kind, norms[kind].map((x) => encode(shortest(x)))])
				)
			}))
		}
	};
}

const NON_FINITE: Record<string, number> = { NaN, Infinity, '-Infinity': -Infinity };

function decode(value: unknown): number | undefined {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && Object.hasOwn(NON_FINITE, value)
		? NON_FINITE[value]
		: undefined;
}

const isNumber = (value: unknown) => decode(value) !== undefined;
const number = v.pipe(
	v.unknown(),
	v.check(isNumber, 'expected a number, "NaN", "Infinity" or "-Infinity"'),
	v.transform((value) => decode(value)!)
);

/** Checks and converts in one loop: these arrays hold nearly all of a file. */
const floats = v.pipe(
	v.array(v.unknown(), 'expected a list of numbers'),
	v.check((values) => values.every(isNumber), 'expected numbers only'),
	v.transform((values) => Float32Array.from(values, (value) => decode(value)!))
);

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256));
const index = v.pipe(v.number(), v.integer(), v.minValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const laneMetrics = v.object({
	loss: number,
	trainingError: number,
	gradientNorms: floats,
	// Not in records of earlier versions.
	weightNorms: v.optional(floats),
	updateNorms: v.optional(floats),
	deadShares: v.optional(floats),
	blockOutputGradientNorms: floats,
	blockOutputStd: floats
});

const recordSchema = v.object({
	version: v.literal(1),
	kind: v.literal('residual-explorer-run'),
	experiment: experimentSchema,
	input: v.tuple([size, size, size]),
	environment: v.object({
		app: v.string(),
		backend: v.string(),
		trials: v.array(v.any()),
		userAgent: v.string(),
		startedAt: v.string(),
		machine: v.optional(v.string())
	}),
	steps: v.array(
		v.object({ step: index, milliseconds: v.number(), lanes: v.array(v.nullable(laneMetrics)) })
	),
	evaluations: v.array(
		v.object({ step: index, lane: index, loss: number, error: v.number(), images: index })
	),
	events: v.array(
		v.variant('kind', [
			v.object({
				kind: v.literal('gate'),
				step: index,
				lane: index,
				block: index,
				gate: v.pipe(v.number(), v.minValue(0), v.maxValue(1))
			}),
			v.object({ kind: v.literal('learning-rate'), step: index, learningRate: v.number() }),
			v.object({
				kind: v.literal('not-finite'),
				step: index,
				lane: index,
				where: v.optional(
					v.nullable(v.object({ node: v.string(), pass: v.picklist(['forward', 'backward']) })),
					null
				)
			}),
			v.object({
				kind: v.literal('surgery'),
				step: index,
				lane: index,
				operation: surgerySchema,
				before: share,
				after: share,
				images: index
			}),
			v.object({
				kind: v.literal('surgery-undone'),
				step: index,
				lane: index,
				operation: surgerySchema,
				since: index,
				after: share,
				images: index
			}),
			v.object({
				kind: v.literal('resumed'),
				step: index,
				cause: v.picklist(RESUME_CAUSES),
				backend: v.string()
			})
		])
	),
	lesions: v.optional(
		v.array(
			v.object({
				step: index,
				lane: index,
				images: index,
				whole: share,
				without: v.array(v.nullable(share))
			})
		)
	),
	landscapes: v.optional(
		v.array(
			v.pipe(
				v.object({
					step: index,
					lane: index,
					seed: v.number(),
					span: v.pipe(v.number(), v.minValue(0)),
					images: index,
					size: v.picklist(GRIDS),
					losses: v.array(number)
				}),
				v.check(
					({ size, losses }) => losses.length === size * size,
					'expected as many losses as the grid has points'
				)
			)
		)
	),
	shuffles: v.optional(
		v.array(
			v.object({
				step: index,
				lane: index,
				images: index,
				whole: share,
				shuffled: v.array(
					v.object({
						order: v.array(index),
						tau: v.pipe(v.number(), v.minValue(-1), v.maxValue(1)),
						error: share
					})
				)
			})
		)
	),
	start: v.optional(
		v.nullable(
			v.object({
				probe: startSpecSchema,
				profiles: v.pipe(
					v.array(
						v.object({
							depth: v.picklist(START_DEPTHS),
							norms: v.object(v.entriesFromList(PAIR_KINDS, v.array(number)))
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
		)
	),
	sweep: v.optional(v.nullable(sweepSchema)),
	keptSteps: v.optional(index)
});

export const headSchema = v.omit(recordSchema, ['steps']);

/**
 * Checks a record that was kept as it is, apart from the numbers in its steps.
 * @throws RecordError naming the offending value and what was expected
 */
export function checkKept(record: Earlier<RunRecord>): void {
	checkHead(record);
	checkAgreement(record);
}

/** @throws RecordError */
export function checkHead(head: Omit<RunRecord, 'steps'>): void {
	const result = v.safeParse(headSchema, head, { abortEarly: true });
	if (!result.success) throw recordError(result.issues[0]);
}

export const recordError = (issue: v.BaseIssue<unknown>) =>
	new RecordError(v.getDotPath(issue) ?? '', issue.message);

/**
 * Reads a record from a file's text.
 * @throws RecordError naming the offending value and what was expected
 */
export function readRecord(text: string): RunRecord {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (error) {
		throw new RecordError('', `not JSON: ${(error as Error).message}`);
	}
	const result = v.safeParse(recordSchema, json, { abortEarly: true });
	if (!result.success) throw recordError(result.issues[0]);
	checkAgreement(result.output);
	return withAllReadings(result.output);
}

/** Numbers that each list of a lane's metrics has, by lane. */
export function lengthsOf({ experiment, input }: Pick<RunRecord, 'experiment' | 'input'>) {
	return experiment.lanes.map((lane): Record<(typeof FLOAT_ARRAYS)[number], number> => {
		const { parameters, layers, blocks } = analyse(laneNetwork(lane, input));
		return {
			gradientNorms: parameters.length,
			weightNorms: layers.length,
			updateNorms: layers.length,
			deadShares: layers.length,
			blockOutputGradientNorms: blocks.length,
			blockOutputStd: blocks.length
		};
	});
}

/** Metrics as an earlier version may have told them. */
type EarlierMetrics = Pick<LaneMetrics, 'loss' | 'trainingError'> & Partial<LaneMetrics>;
type Earlier<Record extends { readonly steps: unknown }> = Omit<Record, 'steps'> & {
	readonly steps: readonly (Omit<StepRecord, 'lanes'> & {
		readonly lanes: readonly (EarlierMetrics | null)[];
	})[];
};

/** The record with NaN for the readings that were not made yet when it was. */
export function withAllReadings(record: Earlier<RunRecord>): RunRecord {
	const lengths = lengthsOf(record);
	const steps = record.steps.map((step) => {
		const complete = step.lanes.every((own) => !own || FLOAT_ARRAYS.every((key) => own[key]));
		if (complete) return step as StepRecord;
		const lanes = step.lanes.map((own, lane) => {
			if (!own) return null;
			const lists = FLOAT_ARRAYS.map(
				(key) => [key, own[key] ?? new Float32Array(lengths[lane][key]).fill(NaN)] as const
			);
			return { ...own, ...Object.fromEntries(lists) } as LaneMetrics;
		});
		return { ...step, lanes };
	});
	return { ...record, steps };
}

/** What the schema cannot say: steps in order, lanes and lists as long as the experiment has them. */
export function checkAgreement(record: Earlier<RunRecord>): void {
	const lanes = record.experiment.lanes.length;
	const lengths = lengthsOf(record);
	const networks = record.experiment.lanes.map((lane) => analyse(laneNetwork(lane, record.input)));
	record.steps.forEach((step, i) => {
		if (step.step !== i + 1)
			throw new RecordError(`steps.${i}.step`, `expected ${i + 1}, received ${step.step}`);
		if (step.lanes.length !== lanes)
			throw new RecordError(
				`steps.${i}.lanes`,
				`expected ${lanes} lanes as in the experiment, received ${step.lanes.length}`
			);
		step.lanes.forEach((metrics, lane) => {
			for (const key of FLOAT_ARRAYS) {
				const received = metrics?.[key]?.length ?? lengths[lane][key];
				if (received !== lengths[lane][key])
					throw new RecordError(
						`steps.${i}.lanes.${lane}.${key}`,
						`expected ${lengths[lane][key]} numbers, received ${received}`
					);
			}
		});
	});
	for (const list of ['evaluations', 'events', 'lesions', 'landscapes', 'shuffles'] as const)
		record[list]?.forEach((entry, i) => {
			if ('lane' in entry && entry.lane >= lanes)
				throw new RecordError(
					`${list}.${i}.lane`,
					`expected a lane from 0 to ${lanes - 1}, received ${entry.lane}`
				);
		});
	record.events.forEach((event, i) => {
		if (event.kind === 'gate') {
			const { length } = networks[event.lane].blocks;
			if (event.block >= length)
				throw new RecordError(
					`events.${i}.block`,
					`expected a block from 0 to ${length - 1}, received ${event.block}`
				);
		}
		if (event.kind === 'surgery' || event.kind === 'surgery-undone') {
			const problem = unfit(networks[event.lane], event.operation);
			if (problem) throw new RecordError(`events.${i}.operation`, problem);
		}
	});
	record.lesions?.forEach(({ lane, without }, i) => {
		const { length } = networks[lane].blocks;
		if (without.length !== length)
			throw new RecordError(
				`lesions.${i}.without`,
				`expected ${length} test errors, received ${without.length}`
			);
	});
	record.shuffles?.forEach(({ lane, shuffled }, i) =>
		shuffled.forEach(({ order }, k) => {
			const problem = unfit(networks[lane], { kind: 'reorder', order });
			if (problem) throw new RecordError(`shuffles.${i}.shuffled.${k}.order`, problem);
		})
	);
}
