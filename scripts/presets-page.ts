/** Runs in the browser for `presets.mjs`: trains an experiment in the app's trainer, without a page. */
import { median } from 'd3';
import { uniqueName } from '$lib/base/uniqueName';
import { analyse } from '$lib/network';
import { laneNetwork, type Experiment } from '$lib/lab/experiment/experiment';
import { History } from '$lib/lab/record/history';
import { putAside } from '$lib/lab/studies/scales';
import { latestOf } from '$lib/lab/studies/study';
import type { PresetResult } from '$lib/lab/experiment/presets';
import type { Report } from '$lib/lab/worker/protocol';
import { presetResults } from './preset-results';
import { Trainer } from '$lib/lab/worker/trainer';

/** @throws Error with the failure that the trainer reported, as JSON */
async function runPreset(
	experiment: Experiment,
	steps: number,
	lesion: boolean
): Promise<PresetResult[]> {
	const trainer = new Trainer();
	const history = new History(experiment.lanes.length);
	let failure: unknown = null;
	let input: readonly [number, number, number] | null = null;
	let stopped: () => void = () => {};
	const report = (told: Report) => {
		if (told.kind === 'steps') history.addSteps(told.steps);
		if (told.kind === 'event') history.addEvent(told.event);
		if (told.kind === 'found') history.addResult(told.study, told.found);
		if (told.kind === 'ready') input = told.images.input;
		if (told.kind === 'failure') failure = told.failure;
		if (told.kind === 'failure' || (told.kind === 'running' && !told.running)) stopped();
	};
	await trainer.connect(report, new URL('/static/data/', location.href).href, uniqueName(), null);
	await trainer.prepare(1, experiment, 'wasm');
	if (failure) throw new Error(JSON.stringify(failure));
	const done = new Promise<void>((resolve) => (stopped = resolve));
	await trainer.run(steps);
	await done;
	if (lesion) await trainer.measure('lesion', null);
	if (failure) throw new Error(JSON.stringify(failure));
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
