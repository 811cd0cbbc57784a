/**
 * What a run has told so far, in the shape that the charts read: growing columns of numbers per lane.
 * Appended to in place; whoever draws takes `version` as the sign of change.
 */
import type { EvaluationRecord, RunEvent, StepRecord } from './record';

export type StopEvent = RunEvent & { readonly kind: 'not-finite' };

/** One metric against the step, as two columns of equal length. */
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
	readonly #lanes: {
		loss: GrowingColumn;
		trainingError: GrowingColumn;
		testError: GrowingColumn;
	}[];

	constructor(laneCount: number) {
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

	addEvent(event: RunEvent): void {
		this.events.push(event);
	}

	/** Forgets what came after a step. */
	truncate(step: number): void {
		for (const list of [this.steps, this.evaluations, this.events])
			list.splice(list.findLastIndex((entry) => entry.step <= step) + 1);
		for (const lane of this.#lanes)
			for (const { steps, values } of Object.values(lane)) {
				const length = steps.findLastIndex((at) => at <= step) + 1;
				steps.length = length;
				values.length = length;
			}
	}

	/** Mean of the last so many values of a metric, NaN when there are none. */
	recent(lane: number, metric: keyof LaneHistory, count: number): number {
		const values = this.#lanes[lane][metric].values.slice(-count);
		return values.length ? values.reduce((a, b) => a + b, 0) / values.length : NaN;
	}

	/** Where and when a lane stopped because its numbers were no longer finite, or null. */
	stop(lane: number): StopEvent | null {
		return (
			this.events.find(
				(event): event is StopEvent => event.kind === 'not-finite' && event.lane === lane
			) ?? null
		);
	}

	/** Up to `count` earlier steps of a lane, evenly spread over the run, oldest first. */
	traces(lane: number, count: number): StepRecord[] {
		const last = this.steps.length - 1;
		const chosen = new Set<number>();
		for (let i = 0; i < count; i++) chosen.add(Math.floor((i * last) / count));
		return [...chosen]
			.filter((i) => i >= 0 && i < last)
			.map((i) => this.steps[i])
			.filter((record) => record.lanes[lane]);
	}
}

function append(column: GrowingColumn, step: number, value: number): void {
	column.steps.push(step);
	column.values.push(value);
}
