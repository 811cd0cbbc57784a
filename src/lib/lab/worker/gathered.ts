/** Gathers what a run reports that nobody watches: its steps, and in the end its errors. */
import { mean } from 'd3';
import type { StepRecord } from '../record/record';
import { LAST_STEPS } from '../studies/study';
import { finite } from './finite';
import type { Report } from './protocol';

/** The final errors of one lane, 0…1; null if its numbers were no longer finite, or if it was not tested. */
interface FinalErrors {
	readonly trainingError: number | null;
	readonly testError: number | null;
}

export class Gathered {
	readonly steps: StepRecord[] = [];
	readonly #testErrors: (number | null)[] = [];
	/** Number of lanes whose numbers are no longer finite. */
	#stopped = 0;
	readonly #lanes: number;
	readonly #until: number;

	/** @param until number of steps of the run */
	constructor(lanes: number, until: number) {
		this.#lanes = lanes;
		this.#until = until;
	}

	/** The latest step; 0 before the first. */
	get step(): number {
		return this.steps.at(-1)?.step ?? 0;
	}

	/** Whether all steps are made, or no lane is left to train: a run that stops before has failed. */
	get ended(): boolean {
		return this.#stopped === this.#lanes || this.step >= this.#until;
	}

	/** The training errors of a lane at each step up to its last, 0…1. */
	errors(lane: number): number[] {
		return this.steps.flatMap(({ lanes }) => {
			const metrics = lanes[lane];
			return metrics && finite(metrics) ? metrics.trainingError : [];
		});
	}

	take(report: Report): void {
		switch (report.kind) {
			case 'steps':
				this.steps.push(...report.steps);
				return;
			case 'evaluation':
				this.#testErrors[report.evaluation.lane] = report.evaluation.error;
				return;
			case 'event':
				if (report.event.kind === 'not-finite') this.#stopped++;
		}
	}

	/** Mean time of a step, in milliseconds, and the errors of each lane. */
	result(): { readonly milliseconds: number; readonly lanes: readonly FinalErrors[] } {
		const recent = this.steps.slice(-LAST_STEPS);
		return {
			milliseconds: mean(this.steps, ({ milliseconds }) => milliseconds) ?? NaN,
			lanes: Array.from({ length: this.#lanes }, (_, lane) => {
				const errors = recent.map(({ lanes }) => lanes[lane]?.trainingError ?? NaN);
				const stopped = errors.some(Number.isNaN);
				return {
					trainingError: stopped ? null : (mean(errors) ?? null),
					testError: stopped ? null : (this.#testErrors[lane] ?? null)
				};
			})
		};
	}
}
