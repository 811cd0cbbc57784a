/** What measures a study: what it sees of the run, and what it tells. */
import type { Batch } from '$lib/base/image';
import type { DataSet } from '$lib/data';
import type { Backend } from '$lib/engine';
import type { Engine, LaneSetup, LaneState } from '$lib/engine/engine';

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

/** How a measurement tells what it finds, and hears that nobody wants it any more. */
export interface Told<Found> {
	readonly found: (found: Found) => void;
	/** How far it is. */
	readonly progress: (done: number, of: number) => void;
	/** Aborted when it is cancelled: it then ends soon, without what it has only half of. */
	readonly signal: AbortSignal;
}

export interface Measurement<Spec, Found> {
	/** What must have arrived; training goes on while it is awaited. */
	readonly arrived?: (set: DataSet, spec: Spec) => Promise<void>;
	/** @throws MemoryError where there is no room for other networks beside the ones in training */
	readonly measure: (run: RunAtRest, spec: Spec, told: Told<Found>) => Promise<void>;
}

/** What is measured of one lane after the other, each with its share of the progress. */
export async function laneAfterLane<Found extends object>(
	{ active, step, copyOf }: RunAtRest,
	{ found, progress, signal }: Told<Found & { step: number; lane: number }>,
	measure: (
		copy: LaneCopy,
		progress: (done: number, of: number) => void,
		signal: AbortSignal
	) => Promise<Found | null>
): Promise<void> {
	for (const lane of active.keys()) {
		const tell = (done: number, of: number) => progress(lane * of + done, active.length * of);
		const one = await measure(await copyOf(lane), tell, signal);
		if (!one) return;
		found({ step, lane, ...one });
	}
}
