/** A small grid of jobs for tests: plain and residual networks at three depths, two seeds. */
import { PRESETS } from '$lib/lab/experiment/presets';
import { degradationAxes, type Grid } from './grid';

export const SMALL_GRID: Grid = {
	base: PRESETS.degradation(20),
	axes: degradationAxes([8, 20, 56]),
	seeds: 2,
	steps: 100
};
