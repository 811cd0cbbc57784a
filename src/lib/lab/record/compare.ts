/** Runs laid over the one on the screen: only what their curves need is held. */
import type { Experiment } from '../experiment/experiment';
import { historyOf, type LaneHistory } from './history';
import type { RunRecord } from './record';

export interface ComparedRun {
	/** Under which it is kept. */
	readonly id: string;
	readonly title: string;
	readonly experiment: Experiment;
	readonly lanes: readonly LaneHistory[];
}

/** A class of forty: more curves than that cannot be told apart. */
export const MOST_COMPARED = 40;

export function comparedRun(id: string, title: string, record: RunRecord): ComparedRun {
	return { id, title, experiment: record.experiment, lanes: historyOf(record).lanes };
}
