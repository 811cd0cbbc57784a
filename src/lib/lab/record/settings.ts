/** What may be changed while a run is trained: gates and learning rate, folded from its events. */
import { laneGates, type Experiment } from '../experiment/experiment';
import type { RunEvent } from './record';

export interface RunSettings {
	/** By lane, one number per block. */
	readonly gates: readonly (readonly number[])[];
	/** As it is set; the schedule scales it. */
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
