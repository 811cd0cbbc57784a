/** Runs in the browser for `presets.mjs`: trains an experiment and reduces it to the numbers of its outcome. */
import { median } from 'd3';
import { analyse } from '$lib/network';
import { laneNetwork, type Experiment } from '$lib/lab/experiment/experiment';
import { History } from '$lib/lab/record/history';
import { putAside } from '$lib/lab/studies/scales';
import { latestOf } from '$lib/lab/studies/study';
import type { PresetResult } from '$lib/lab/experiment/presets';
import type { Report } from '$lib/lab/worker/protocol';
import { presetResults } from './preset-results';
import { trainOn } from './train-page';

/** @throws Error with the failure that the trainer reported, as JSON */
async function runPreset(
	experiment: Experiment,
	steps: number,
	lesion: boolean
): Promise<PresetResult[]> {
	const history = new History(experiment.lanes.length);
	let input: readonly [number, number, number] | null = null;
	const take = (told: Report) => {
		if (told.kind === 'steps') history.addSteps(told.steps);
		if (told.kind === 'event') history.addEvent(told.event);
		if (told.kind === 'found') history.addResult(told.study, told.found);
		if (told.kind === 'opened') input = told.images.input;
	};
	await trainOn(experiment, steps, take, async (trainer) => {
		if (lesion) await trainer.measure('lesion', null);
	});
	const networks = experiment.lanes.map((lane) => analyse(laneNetwork(lane, input!)));
	return presetResults(history, networks).map((reading, lane) => {
		const found = latestOf(history.results.lesion, lane);
		return {
			...reading,
			lesion: median(found?.without.filter((e) => e !== null) ?? []) ?? null,
			...(found?.scales && {
				aside: {
					blocks: putAside(found.scales).length,
					whole: found.whole,
					without: found.withoutAside ?? found.whole
				}
			})
		};
	});
}

Object.assign(globalThis, { runPreset });
