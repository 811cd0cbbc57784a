/** The state of a run after a step, from which it can be resumed. */
import type { BackendName, LaneState } from '$lib/engine/engine';
import type { Experiment } from '../experiment/experiment';

/** Everything needed to resume a run in another worker. Taken every few seconds and at every pause. */
export interface Snapshot {
	readonly experiment: Experiment;
	readonly backend: BackendName;
	/** Number of updates made so far. */
	readonly step: number;
	/** The gates of each lane, one number per block. */
	readonly gates: readonly (readonly number[])[];
	readonly active: readonly boolean[];
	readonly learningRate: number;
	readonly lanes: readonly LaneState[];
}

/** Replaces the weights and running averages of one network in a snapshot, and resets its optimiser. */
export function withWeights(
	snapshot: Snapshot,
	lane: number,
	{ parameters, averages }: Pick<LaneState, 'parameters' | 'averages'>
): Snapshot {
	const velocities = new Map(
		[...parameters].map(([name, { length }]) => [name, new Float32Array(length)] as const)
	);
	return {
		...snapshot,
		active: snapshot.active.with(lane, true),
		lanes: snapshot.lanes.with(lane, { parameters, averages, velocities })
	};
}
