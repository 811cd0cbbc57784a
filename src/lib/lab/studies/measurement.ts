/** The types of a measurement, which makes a study in the worker: what it gets of the run, and what it reports. */
import type { Batch } from '$lib/base/image';
import type { DataSet } from '$lib/data';
import type { Backend } from '$lib/engine';
import type { Engine, LaneSetup, LaneState, Recipe } from '$lib/engine/engine';
import type { LaneResult } from './study';

/** A run between two of its steps. */
export interface RunAtRest {
	/** Number of updates made so far. */
	readonly step: number;
	readonly backend: Backend;
	readonly engine: Engine;
	readonly set: DataSet;
	/** Whether images are averaged over 2×2 pixels. */
	readonly halve: boolean;
	/** Number of images in a training batch. */
	readonly batch: number;
	/** For each lane, whether it is still training; false once its numbers were not finite. */
	readonly active: readonly boolean[];
	/** Copies a lane's network with its present state. */
	copyOf(lane: number): Promise<LaneCopy>;
	/** Waits for the batch of the step that training would make next, and tells its settings. */
	nextStep(): Promise<NextStep>;
	/**
	 * Trains the experiment from step 0 with another seed, without the changes that were made by hand.
	 * @returns what each lane shows; null when aborted
	 * @throws MemoryError if a second copy of the networks does not fit into memory
	 */
	retrain(seed: number, until: number, underway: Underway): Promise<Retrained[] | null>;
	/** The first test images, as many as the experiment's evaluation uses, in batches of `size`. */
	testBatches(size?: number): Promise<Batch[]>;
}

/** A step before it is made. */
export interface NextStep {
	readonly batch: Batch;
	readonly recipe: Recipe;
	/** The gates of each lane, with the changes that the experiment plans before this step. */
	readonly gates: readonly (readonly number[])[];
}

/** What a lane shows when it is trained again. */
export interface Retrained {
	/** Of every step up to its last, 0…1. */
	readonly errors: readonly number[];
	/** Mean training error of the last steps and last test error, 0…1; null if it has stopped. */
	readonly trainingError: number | null;
	readonly testError: number | null;
}

export type LaneCopy = LaneSetup & {
	readonly gates: readonly number[];
	readonly state: LaneState;
};

/** A long job beside training: how it reports progress, and learns that it was cancelled. */
export interface Underway {
	readonly progress: (done: number, of: number) => void;
	/** Aborted when the job is cancelled; the job then ends soon and drops incomplete results. */
	readonly signal: AbortSignal;
}

export interface Told<Found> extends Underway {
	readonly found: (found: Found) => void;
}

export interface Measurement<Spec, Found> {
	/** Waits for the data that the measurement needs; training goes on meanwhile. */
	readonly arrived?: (set: DataSet, spec: Spec) => Promise<void>;
	/** @throws MemoryError if a second copy of the networks does not fit into memory */
	readonly measure: (run: RunAtRest, spec: Spec, told: Told<Found>) => Promise<void>;
}

/** A measurement that tests one lane after the other on the test images, each with its share of the progress. */
export const laneAfterLane = <Found extends object>(
	test: (
		backend: Backend,
		copy: LaneCopy,
		batches: readonly Batch[],
		underway: Underway
	) => Promise<Found | null>
): Measurement<null, Found & LaneResult> => ({
	async measure(run, _, { found, progress, signal }) {
		const { backend, active, step } = run;
		const batches = await run.testBatches();
		for (const lane of active.keys()) {
			const share = (done: number, of: number) => progress(lane * of + done, active.length * of);
			const underway = { progress: share, signal };
			const one = await test(backend, await run.copyOf(lane), batches, underway);
			if (!one) return;
			found({ step, lane, ...one });
		}
	}
});
