/** The lines of overlaid runs: each has the colour of the same network in the run on the screen, and a dash pattern per run. */
import type { ComparedRun } from '$lib/lab';
import { laneNames } from '../words/experiment';
import { laneColour } from './colours';

const DASHES = ['7 4', '2 3', '10 3 2 3', '4 2', '12 4'];

/** @param names names of the networks on the screen */
export const comparedLines = (compared: readonly ComparedRun[], names: readonly string[]) =>
	compared.flatMap(({ id, title, experiment, lanes }, run) => {
		const own = laneNames(experiment);
		return lanes.map((columns, lane) => {
			const same = names.indexOf(own[lane]);
			return {
				id,
				title,
				network: own[lane],
				columns,
				colour: laneColour(same < 0 ? lane : same),
				dashes: DASHES[run % DASHES.length]
			};
		});
	});
