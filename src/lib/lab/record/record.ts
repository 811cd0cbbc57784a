/**
 * The record of a run: the experiment, where it ran, and every step's metrics and events. Written as
 * JSON without loss (32-bit floats in their shortest form; NaN and infinities as strings) and checked
 * when read (`read.ts`).
 */
import { checked, RecordError } from '$lib/base/checked';
import type { Immutable } from '$lib/base/immutable';
import * as v from 'valibot';
import {
	anySharesSchema,
	anyShareSchema,
	encodeNumber,
	indexSchema,
	magnitudeSchema,
	magnitudesSchema,
	shareSchema,
	shortest
} from '$lib/base/numbers';
import { resultsDisagree, recordedSchemas, writeResults, type RecordedResults } from '../studies';
import type { BackendTrial, LaneMetrics } from '$lib/engine/engine';
import { analyse } from '$lib/network';
import { laneEntries, outOfRange } from '../studies/study';
import { scalesDisagree, scalesSchema } from '../studies/scales';
import { surgerySchema, unfit } from '../studies/surgery';
import { laneNetwork, type Experiment } from '../experiment/experiment';
import { experimentSchema } from '../experiment/schema';
import { predictionDisagrees, predictionSchema } from './prediction';
import { sweepSchema } from '../studies/sweep/record';

export interface StepRecord {
	/** 1 for the first step: the number of updates made once it is done. */
	readonly step: number;
	/** Wall time of the step for all lanes, in milliseconds. */
	readonly milliseconds: number;
	/** Metrics of every lane; null for one that has stopped. */
	readonly lanes: readonly (LaneMetrics | null)[];
}

export { RecordError };

/** The metrics of a step that are lists of numbers. */
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
			loss: encodeNumber(lane.loss),
			trainingError: encodeNumber(lane.trainingError),
			...Object.fromEntries(
				FLOAT_ARRAYS.map((key) => [key, Array.from(lane[key], (x) => encodeNumber(shortest(x)))])
			)
		};
	return JSON.stringify({
		...writeHead(record),
		steps: record.steps.map((s) => ({ ...s, lanes: s.lanes.map(encodeLane) }))
	});
}

/** The record without its steps, as plain JSON. */
export function writeHead({ steps: _, ...record }: RunRecord): object {
	return {
		...record,
		evaluations: record.evaluations.map((e) => ({ ...e, loss: encodeNumber(e.loss) })),
		...writeResults(record)
	};
}

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256));
const laneMetrics = v.object({
	loss: magnitudeSchema,
	trainingError: anyShareSchema,
	gradientNorms: magnitudesSchema,
	// Missing in records of earlier versions.
	weightNorms: v.optional(magnitudesSchema),
	updateNorms: v.optional(magnitudesSchema),
	deadShares: v.optional(anySharesSchema),
	blockOutputGradientNorms: magnitudesSchema,
	blockOutputStd: magnitudesSchema
});

const evaluationSchema = v.object({
	...laneEntries,
	loss: magnitudeSchema,
	/** 0…1 */
	error: shareSchema,
	images: indexSchema,
	scales: scalesSchema
});
/** Test error of one lane after `step` updates, with the running averages of batch normalisation. */
export type EvaluationRecord = Immutable<v.InferOutput<typeof evaluationSchema>>;

/**
 * Why a run was resumed: the device was lost, the worker failed, the run was continued from this machine's storage
 * (`kept`), or weights were loaded into a network (`weights`).
 */
const RESUME_CAUSES = ['device-lost', 'worker', 'kept', 'weights'] as const;
export type ResumeCause = (typeof RESUME_CAUSES)[number];

const eventSchema = v.variant('kind', [
	v.object({
		kind: v.literal('gate'),
		...laneEntries,
		block: indexSchema,
		gate: v.pipe(v.number(), v.minValue(0), v.maxValue(1))
	}),
	v.object({
		kind: v.literal('learning-rate'),
		step: indexSchema,
		learningRate: v.pipe(v.number(), v.minValue(0))
	}),
	/** A lane's numbers are no longer finite. It keeps its state from before this step and stops; the others go on. */
	v.object({
		kind: v.literal('not-finite'),
		...laneEntries,
		/** Where the first non-finite value appeared; null if that could not be found. */
		where: v.optional(
			v.nullable(v.object({ node: v.string(), pass: v.picklist(['forward', 'backward']) })),
			null
		)
	}),
	/** A lane's weights were changed by hand; with the test errors before and after, 0…1, and the number of test images. */
	v.object({
		kind: v.literal('surgery'),
		...laneEntries,
		operation: surgerySchema,
		before: shareSchema,
		after: shareSchema,
		images: indexSchema
	}),
	/** An operation made after step `since` was undone: the lane has its earlier weights again. */
	v.object({
		kind: v.literal('surgery-undone'),
		...laneEntries,
		operation: surgerySchema,
		since: indexSchema,
		after: shareSchema,
		images: indexSchema
	}),
	/** Training resumed from the state after `step`, in a new worker, perhaps on another backend. */
	v.object({
		kind: v.literal('resumed'),
		step: indexSchema,
		cause: v.picklist(RESUME_CAUSES),
		backend: v.string()
	})
]);
/** Something that was done to a run or happened to it between its steps `step` and `step + 1`. */
export type RunEvent = Immutable<v.InferOutput<typeof eventSchema>>;

/** One step of a record. */
export const stepSchema = v.object({
	step: indexSchema,
	milliseconds: v.pipe(v.number(), v.minValue(0)),
	lanes: v.array(v.nullable(laneMetrics))
});

export const KIND = 'residual-explorer-run';
export const VERSION = 1;

/** A record without its steps. */
export const headSchema = v.object({
	version: v.literal(VERSION),
	kind: v.literal(KIND),
	experiment: experimentSchema,
	/** Shape of one input image, `[H, W, C]`. */
	input: v.tuple([size, size, size]),
	environment: v.object({
		app: v.string(),
		backend: v.string(),
		trials: v.array(v.custom<BackendTrial>(() => true)),
		userAgent: v.string(),
		/** Start of the run, in ISO 8601. */
		startedAt: v.string(),
		/** The machine, in words; only in shipped recordings. */
		machine: v.optional(v.string())
	}),
	evaluations: v.array(evaluationSchema),
	events: v.array(eventSchema),
	...recordedSchemas,
	/** What the reader drew before the run. */
	prediction: v.optional(predictionSchema),
	/** The depth sweep that was on the page when the record was written. */
	sweep: v.optional(v.nullable(sweepSchema)),
	/** In a recording: the number of steps whose norms were kept; the steps in between repeat the last kept norms (`recording.ts`). Absent in full records. */
	keptSteps: v.optional(indexSchema)
});
export type RecordHead = v.InferOutput<typeof headSchema>;
export type RunRecord = Immutable<Omit<RecordHead, 'experiment' | keyof RecordedResults>> &
	RecordedResults & { readonly experiment: Experiment; readonly steps: readonly StepRecord[] };

/** Checks a record without its steps. @throws RecordError */
export const checkHead = (head: unknown) => checked(headSchema, head);

const networksOf = ({ experiment, input }: Pick<RunRecord, 'experiment' | 'input'>) =>
	experiment.lanes.map((lane) => analyse(laneNetwork(lane, input)));

/** The length of each list in a lane's metrics, by lane. */
export const lengthsOf = (record: Pick<RunRecord, 'experiment' | 'input'>) =>
	networksOf(record).map(
		({ parameters, layers, blocks }): Record<(typeof FLOAT_ARRAYS)[number], number> => ({
			gradientNorms: parameters.length,
			weightNorms: layers.length,
			updateNorms: layers.length,
			deadShares: layers.length,
			blockOutputGradientNorms: blocks.length,
			blockOutputStd: blocks.length
		})
	);

/** Metrics as an earlier version may have written them. */
type EarlierMetrics = Pick<LaneMetrics, 'loss' | 'trainingError'> & Partial<LaneMetrics>;
export type Earlier<Record extends { readonly steps: unknown }> = Omit<Record, 'steps'> & {
	readonly steps: readonly (Omit<StepRecord, 'lanes'> & {
		readonly lanes: readonly (EarlierMetrics | null)[];
	})[];
};

/** Fills in NaN for metrics that did not exist yet when the record was written. */
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

/** Checks what the schema cannot: that steps are in order, and that lanes and lists fit the experiment. @throws RecordError */
export function checkAgreement(record: Earlier<RunRecord>): void {
	const networks = networksOf(record);
	const lanes = networks.length;
	const lengths = lengthsOf(record);
	const agree = (path: string, received: number, expected: number, what = '') => {
		if (received !== expected)
			throw new RecordError(path, `expected ${expected}${what}, received ${received}`);
	};
	const within = (path: string, what: string, index: number, count: number) => {
		const detail = outOfRange(what, index, count);
		if (detail) throw new RecordError(path, detail);
	};
	record.steps.forEach((step, i) => {
		agree(`steps.${i}.step`, step.step, i + 1);
		agree(`steps.${i}.lanes`, step.lanes.length, lanes, ' lanes as in the experiment');
		step.lanes.forEach((metrics, lane) => {
			for (const key of FLOAT_ARRAYS) {
				const expected = lengths[lane][key];
				const received = metrics?.[key]?.length ?? expected;
				agree(`steps.${i}.lanes.${lane}.${key}`, received, expected, ' numbers');
			}
		});
	});
	for (const list of ['evaluations', 'events'] as const)
		record[list].forEach((entry, i) => {
			if ('lane' in entry) within(`${list}.${i}.lane`, 'lane', entry.lane, lanes);
		});
	record.evaluations.forEach(({ lane, scales }, i) => {
		const wrong = scalesDisagree(scales, networks[lane].blocks.length);
		if (wrong) throw new RecordError(`evaluations.${i}.${wrong.path}`, wrong.detail);
	});
	record.events.forEach((event, i) => {
		if (event.kind === 'gate')
			within(`events.${i}.block`, 'block', event.block, networks[event.lane].blocks.length);
		if (event.kind === 'surgery' || event.kind === 'surgery-undone') {
			const problem = unfit(networks[event.lane], event.operation);
			if (problem) throw new RecordError(`events.${i}.operation`, problem);
		}
	});
	const { prediction } = record;
	const misdrawn = prediction && predictionDisagrees(prediction, networks);
	if (misdrawn) throw new RecordError(`prediction.${misdrawn.path}`, misdrawn.detail);
	const disagreement = resultsDisagree(record, networks);
	if (disagreement) throw new RecordError(disagreement.path, disagreement.detail);
}
