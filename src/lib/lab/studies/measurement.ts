/** What measures a study: what it sees of the run, and what it tells. */
import type { Batch } from '$lib/base/image';
import type { DataSet } from '$lib/data';
import type { Backend } from '$lib/engine';
import type { Engine, LaneSetup, LaneState } from '$lib/engine/engine';
import type { LaneResult } from './study';

/** A run between two of its steps. */
export interface RunAtRest {
	/** Updates made. */
	readonly step: number;
	readonly backend: Backend;
	readonly engine: Engine;
	readonly set: DataSet;
	/** Whether images are averaged over 2×2 pixels. */
	readonly halve: boolean;
	/** Images in a training batch. */
	readonly batch: number;
	/** By lane: false where its numbers were no longer finite. */
	readonly active: readonly boolean[];
	/** The network of a lane with all that training has made of it. */
	copyOf(lane: number): Promise<LaneCopy>;
	/** The first test images, as many as the experiment is tested on; of one batch the given size. */
	testBatches(size?: number): Promise<Batch[]>;
}

export type LaneCopy = LaneSetup & {
	readonly gates: readonly number[];
	readonly state: LaneState;
};

/** Something beside training that takes a while: how it tells how far it is, and hears that nobody wants it any more. */
export interface Underway {
	readonly progress: (done: number, of: number) => void;
	/** Aborted when it is cancelled: it then ends soon, without what it has only half of. */
	readonly signal: AbortSignal;
}

export interface Told<Found> extends Underway {
	readonly found: (found: Found) => void;
}

export interface Measurement<Spec, Found> {
	/** What must have arrived; training goes on while it is awaited. */
	readonly arrived?: (set: DataSet, spec: Spec) => Promise<void>;
	/** @throws MemoryError where there is no room for other networks beside the ones in training */
	readonly measure: (run: RunAtRest, spec: Spec, told: Told<Found>) => Promise<void>;
}

/** What one lane after the other is tested for on the test images, each with its share of the progress. */
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
