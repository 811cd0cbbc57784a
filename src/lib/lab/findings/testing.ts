/** For tests: histories of runs as they are told, without training. */
import { analyse } from '$lib/network';
import { laneNetwork, type Experiment } from '../experiment/experiment';
import { History } from '../record/history';

export interface Told {
	readonly loss?: number;
	readonly error?: number;
	/** Gradient norm by column. */
	readonly norm?: (column: number) => number;
}

/** A run in which every lane tells the same at each step. */
export function toldRun(experiment: Experiment, told: readonly Told[], steps: number) {
	const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, [16, 16, 1])));
	const history = new History(told.length);
	history.addSteps(
		Array.from({ length: steps }, (_, i) => ({
			step: i + 1,
			milliseconds: 1,
			lanes: told.map(({ loss = 1, error = 0.3, norm = () => 1 }, lane) => {
				const gradientNorms = new Float32Array(networks[lane].parameters.length).fill(1);
				for (const { kernel, column } of networks[lane].layers)
					gradientNorms[kernel] = norm(column);
				return {
					loss: i < 3 ? 2.3 : loss,
					trainingError: error,
					gradientNorms,
					weightNorms: new Float32Array(0),
					updateNorms: new Float32Array(0),
					deadShares: new Float32Array(0),
					blockOutputGradientNorms: new Float32Array(0),
					blockOutputStd: new Float32Array(0)
				};
			})
		}))
	);
	return { history, networks };
}
