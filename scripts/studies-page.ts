/** Runs in the browser for `studies.mjs`: trains an experiment, and may measure a study of its networks. */
import type { Experiment } from '$lib/lab/experiment/experiment';
import { History } from '$lib/lab/record/history';
import type { ShatteredSpec } from '$lib/lab/studies/shattered/record';
import type { TravelSpec } from '$lib/lab/studies/travel/record';
import type { Trainer } from '$lib/lab/worker/trainer';
import './presets-page';
import { trainOn } from './train-page';

async function resultsAfter(
	experiment: Experiment,
	steps: number,
	measure: (trainer: Trainer) => Promise<void>
) {
	const history = new History(experiment.lanes.length);
	await trainOn(
		experiment,
		steps,
		(told) => void (told.kind === 'found' && history.addResult(told.study, told.found)),
		measure
	);
	return history.results;
}

/** The gradient by the length of path, in the network of one lane. @throws Error with the failure that the trainer reported, as JSON */
async function followPaths(experiment: Experiment, steps: number, lane: number, spec: TravelSpec) {
	const { travel } = await resultsAfter(experiment, steps, (trainer) =>
		trainer.measure('travel', spec)
	);
	const { images, lengths } = travel.find((found) => found.lane === lane)!;
	return { images, norms: lengths!.norms };
}

/** Norms of x and F(x) by block, in the network of one lane. @throws Error as above */
async function normTerms(experiment: Experiment, steps: number, lane: number) {
	const { travel } = await resultsAfter(experiment, steps, (trainer) =>
		trainer.measure('travel', { seed: 1, samples: 0 })
	);
	const { images, blocks } = travel.find((found) => found.lane === lane)!;
	const terms = blocks.map((block) => {
		const { shortcut, branch } = block!.forward;
		return { shortcut, branch };
	});
	return { images, terms };
}

/** The autocorrelation of the gradients along a line, by network. @throws Error as above */
async function followLine(experiment: Experiment, steps: number, points: ShatteredSpec['points']) {
	const { shattered } = await resultsAfter(experiment, steps, (trainer) =>
		trainer.measure('shattered', { seed: experiment.seed, points })
	);
	const correlations: (readonly number[])[] = [];
	for (const { lane, correlation } of shattered) correlations[lane] = correlation;
	return { images: shattered[0].images, correlations };
}

Object.assign(globalThis, { followPaths, normTerms, followLine });
