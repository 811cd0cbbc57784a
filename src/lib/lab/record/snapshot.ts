/** The state of a run at one of its steps, from which it can go on. */
import type { BackendName, LaneState } from '$lib/engine/engine';
import type { Experiment } from '../experiment/experiment';

/** All that it takes to go on with a run in another worker. Taken every few seconds and at every pause. */
export interface Snapshot {
	readonly experiment: Experiment;
	readonly backend: BackendName;
	/** Updates made. */
	readonly step: number;
	/** By lane. */
	readonly gates: readonly (readonly number[])[];
	readonly active: readonly boolean[];
	readonly learningRate: number;
	readonly lanes: readonly LaneState[];
}

/** The snapshot with other weights and running averages in one network, which its optimiser has not moved yet. */
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
