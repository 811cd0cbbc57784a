/** The settings that can change during a run, gates and learning rate, computed from its events. */
import { laneGates, type Experiment } from '../experiment/experiment';
import type { RunEvent } from './record';

export interface RunSettings {
	/** The gates of each lane, one number per block. */
	readonly gates: readonly (readonly number[])[];
	/** The learning rate that the user set, before the schedule scales it. */
	readonly learningRate: number;
}

export function settingsOf(experiment: Experiment, events: readonly RunEvent[]): RunSettings {
	const gates = experiment.lanes.map(laneGates);
	let { learningRate } = experiment.recipe;
	for (const event of events) {
		if (event.kind === 'gate') gates[event.lane][event.block] = event.gate;
		if (event.kind === 'learning-rate') ({ learningRate } = event);
	}
	return { gates, learningRate };
}
