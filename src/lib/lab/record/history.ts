/**
 * The history of a run so far, in the form that charts read: growing columns of numbers per lane. It is appended to in
 * place; the session's `version` signals each change.
 */
import { bisectRight } from 'd3';
import {
	resultsOf,
	resultsUpTo,
	noResults,
	withResult,
	type Results,
	type Found,
	type StudyName
} from '../studies';
import type { Experiment } from '../experiment/experiment';
import type { EvaluationRecord, RunEvent, RunRecord, StepRecord } from './record';

export type StopEvent = RunEvent & { readonly kind: 'not-finite' };
export type SurgeryEvent = RunEvent & { readonly kind: 'surgery' | 'surgery-undone' };

/** One metric over the steps, as two columns of equal length. */
export interface Column {
	readonly steps: readonly number[];
	readonly values: readonly number[];
}

export interface LaneHistory {
	readonly loss: Column;
	/** 0…1 */
	readonly trainingError: Column;
	/** 0…1 */
	readonly testError: Column;
}

interface GrowingColumn extends Column {
	readonly steps: number[];
	readonly values: number[];
}

const growing = (): GrowingColumn => ({ steps: [], values: [] });

export class History {
	readonly steps: StepRecord[] = [];
	readonly evaluations: EvaluationRecord[] = [];
	readonly events: RunEvent[] = [];
	/** Results of studies; replaced by a new object whenever one is added. */
	results: Results;
	readonly #lanes: { readonly [M in keyof LaneHistory]: GrowingColumn }[];

	/** @param results results known from before */
	constructor(laneCount: number, results: Results = noResults()) {
		this.results = results;
		this.#lanes = Array.from({ length: laneCount }, () => ({
			loss: growing(),
			trainingError: growing(),
			testError: growing()
		}));
	}

	get lanes(): readonly LaneHistory[] {
		return this.#lanes;
	}

	/** Number of the last step, 0 before the first. */
	get step(): number {
		return this.steps.at(-1)?.step ?? 0;
	}

	addSteps(steps: readonly StepRecord[]): void {
		for (const record of steps) {
			this.steps.push(record);
			record.lanes.forEach((metrics, lane) => {
				if (!metrics) return;
				append(this.#lanes[lane].loss, record.step, metrics.loss);
				append(this.#lanes[lane].trainingError, record.step, metrics.trainingError);
			});
		}
	}

	addEvaluation(evaluation: EvaluationRecord): void {
		this.evaluations.push(evaluation);
		append(this.#lanes[evaluation.lane].testError, evaluation.step, evaluation.error);
	}

	addResult<S extends StudyName>(study: S, found: Found<S>): void {
		this.results = withResult(this.results, study, found);
	}

	/** The last operation on a lane's weights up to a step, or the event that undid it; null if there was none. */
	surgeryOf(lane: number, step = Infinity): SurgeryEvent | null {
		return (
			this.events.findLast(
				(event): event is SurgeryEvent =>
					(event.kind === 'surgery' || event.kind === 'surgery-undone') &&
					event.lane === lane &&
					event.step <= step
			) ?? null
		);
	}

	/** Whether only training has changed a lane's weights up to a step. */
	untouched(lane: number, step = Infinity): boolean {
		const done: number[] = [];
		for (const event of this.events) {
			if (!('lane' in event) || event.lane !== lane || event.step > step) continue;
			if (event.kind === 'surgery') done.push(event.step);
			// If it was undone at a later step, the training in between is lost.
			if (event.kind === 'surgery-undone' && done.at(-1) === event.step) done.pop();
		}
		return !done.length;
	}

	addEvent(event: RunEvent): void {
		this.events.push(event);
	}

	/** Removes everything after a step. */
	truncate(step: number): void {
		for (const list of [this.steps, this.evaluations, this.events])
			list.splice(list.findLastIndex((entry) => entry.step <= step) + 1);
		this.results = resultsUpTo(this.results, step);
		for (const lane of this.#lanes)
			for (const { steps, values } of Object.values(lane)) {
				const length = steps.findLastIndex((at) => at <= step) + 1;
				steps.length = length;
				values.length = length;
			}
	}

	/** Mean of the last `count` values of a metric up to a step; NaN if there are none. */
	recent(lane: number, metric: keyof LaneHistory, count: number, step = Infinity): number {
		const { steps, values: all } = this.#lanes[lane][metric];
		const end = bisectRight(steps, step);
		const values = all.slice(Math.max(0, end - count), end);
		return values.length ? values.reduce((a, b) => a + b, 0) / values.length : NaN;
	}

	/** The event at which a lane stopped, up to a step, because its numbers were no longer finite; null if it did not. */
	stop(lane: number, step = Infinity): StopEvent | null {
		return (
			this.events.find(
				(event): event is StopEvent =>
					event.kind === 'not-finite' && event.lane === lane && event.step <= step
			) ?? null
		);
	}

	/** A lane's last step up to `step`, or null before its first. */
	at(lane: number, step = Infinity): StepRecord | null {
		return this.steps.findLast((record) => record.step <= step && record.lanes[lane]) ?? null;
	}

	/** The gates of a lane after a step, given its gates at the start. */
	gatesAt(lane: number, start: readonly number[], step: number): number[] {
		const gates = [...start];
		for (const event of this.events)
			if (event.kind === 'gate' && event.lane === lane && event.step < step)
				gates[event.block] = event.gate;
		return gates;
	}

	/** At most `count` steps, spread evenly over the run so far and including the last; oldest first. */
	rows(count: number): readonly StepRecord[] {
		const { length } = this.steps;
		if (length <= count) return this.steps;
		return Array.from(
			{ length: count },
			(_, i) => this.steps[Math.ceil(((i + 1) * length) / count) - 1]
		);
	}

	/** Up to `count` of a lane's steps before `step`, spread evenly over the run; oldest first. */
	traces(lane: number, count: number, step = Infinity): StepRecord[] {
		const last = Math.min(this.steps.length, step) - 1;
		const chosen = new Set<number>();
		for (let i = 0; i < count; i++) chosen.add(Math.floor((i * last) / count));
		return [...chosen]
			.filter((i) => i >= 0 && i < last)
			.map((i) => this.steps[i])
			.filter((record) => record.lanes[lane]);
	}
}

/**
 * Builds the history of a record.
 * @param before results of the previous run; those that outlive a run are kept
 */
export function historyOf(record: RunRecord, before?: Results): History {
	const history = new History(record.experiment.lanes.length, resultsOf(record, before));
	history.addSteps(record.steps);
	record.evaluations.forEach((evaluation) => history.addEvaluation(evaluation));
	record.events.forEach((event) => history.addEvent(event));
	return history;
}

/** A run overlaid on the one shown; holds only what its curves need. */
export interface ComparedRun {
	/** The id under which the run is stored. */
	readonly id: string;
	readonly title: string;
	readonly experiment: Experiment;
	readonly environment: RunRecord['environment'];
	readonly lanes: readonly LaneHistory[];
}

/** Most runs that can be overlaid: a class of forty. More curves could not be told apart. */
export const MOST_COMPARED = 40;

export function comparedRun(id: string, title: string, record: RunRecord): ComparedRun {
	const { experiment, environment } = record;
	return { id, title, experiment, environment, lanes: historyOf(record).lanes };
}

function append(column: GrowingColumn, step: number, value: number): void {
	column.steps.push(step);
	column.values.push(value);
}
