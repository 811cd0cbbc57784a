/**
 * What a run has told so far, in the shape that the charts read: growing columns of numbers per lane.
 * Appended to in place; whoever draws takes `version` as the sign of change.
 */
import type { EvaluationRecord, RunEvent, StepRecord } from './record';

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

	/** Mean of the last so many values of a metric, NaN when there are none. */
	recent(lane: number, metric: keyof LaneHistory, count: number): number {
		const values = this.#lanes[lane][metric].values.slice(-count);
		return values.length ? values.reduce((a, b) => a + b, 0) / values.length : NaN;
	}

	/** The step at which a lane stopped because its loss was no longer finite, or null. */
	stoppedAt(lane: number): number | null {
		const event = this.events.find((e) => e.kind === 'not-finite' && e.lane === lane);
		return event ? event.step : null;
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
