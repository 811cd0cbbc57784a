/** Trains an experiment in the app's trainer, without a page, for the commands whose modules run in the browser. */
import { uniqueName } from '$lib/base/uniqueName';
import type { Experiment } from '$lib/lab/experiment/experiment';
import type { Report } from '$lib/lab/worker/protocol';
import { Trainer } from '$lib/lab/worker/trainer';

/** One for all experiments, because it gives the memory of the one before back. */
const trainer = new Trainer();
let hear: (told: Report) => void = () => {};
let requests = 0;
const connected = trainer.connect(
	(told) => hear(told),
	new URL('/static/data/', location.href).href,
	uniqueName(),
	null
);

/**
 * Trains on wasm until a step, one experiment at a time.
 * @param take receives every report
 * @param measure what to measure afterwards
 * @throws Error with the failure that the trainer reported, as JSON
 */
export async function trainOn(
	experiment: Experiment,
	steps: number,
	take: (report: Report) => void,
	measure: (trainer: Trainer) => Promise<void> = async () => {}
): Promise<void> {
	let failure: unknown = null;
	let stopped: () => void = () => {};
	hear = (told) => {
		take(told);
		if (told.kind === 'failure') failure = told.failure;
		if (told.kind === 'failure' || (told.kind === 'running' && !told.running)) stopped();
	};
	const check = () => {
		if (failure) throw new Error(JSON.stringify(failure));
	};
	await connected;
	await trainer.prepare(++requests, experiment, 'wasm');
	check();
	if (steps > 0) {
		const done = new Promise<void>((resolve) => (stopped = resolve));
		await trainer.run(steps);
		await done;
	}
	await measure(trainer);
	check();
}
