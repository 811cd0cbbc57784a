/** What tests of a room need. */
import { PRESETS } from '$lib/lab/experiment/presets';
import { degradationAxes, type Grid } from './grid';
import { EMPTY_STAGE, type DealtJob } from './protocol';
import type { StudentState } from './student';

/** Plain and residual networks at three depths, with two seeds. */
export const SMALL_GRID: Grid = {
	base: PRESETS.degradation(20),
	axes: degradationAxes([8, 20, 56]),
	seeds: 2,
	steps: 100
};

/** A student in a room, with this job on the desk. */
export const studentWith = (job: DealtJob | null): StudentState => ({
	code: '',
	status: 'joined',
	refusal: null,
	teacher: true,
	name: null,
	stage: EMPTY_STAGE,
	desk: { job, wanted: null },
	unsent: 0
});
