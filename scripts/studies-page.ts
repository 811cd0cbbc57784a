/** Runs in the browser for `studies.mjs`: trains an experiment and measures a study of its networks. */
import type { Experiment } from '$lib/lab/experiment/experiment';
import { History } from '$lib/lab/record/history';
import {
	lagBelow,
	noiseCorrelation,
	NOISES,
	type Noise
} from '$lib/lab/studies/shattered/correlation';
import { trainOn } from './train-page';

/** Lags of an autocorrelation that are kept, from 0. */
const LAGS = 9;
const POINTS = 64;
const SAMPLES = 30;

const reduced = (correlation: readonly number[]) => ({
	correlation: correlation.slice(0, LAGS),
	half: lagBelow(correlation, 0.5)
});

async function historyAfter(experiment: Experiment, steps: number, study: 'travel' | 'shattered') {
	const history = new History(experiment.lanes.length);
	await trainOn(
		experiment,
		steps,
		(told) => void (told.kind === 'found' && history.addResult(told.study, told.found)),
		(trainer) =>
			study === 'travel'
				? trainer.measure('travel', { seed: 1, samples: SAMPLES })
				: trainer.measure('shattered', { seed: experiment.seed, points: POINTS })
	);
	return history.results;
}

/** The gradient by the length of path, in the network of one lane. @throws Error with the failure that the trainer reported, as JSON */
async function followPaths(experiment: Experiment, steps: number, lane: number) {
	const { travel } = await historyAfter(experiment, steps, 'travel');
	const { images, lengths } = travel.find((found) => found.lane === lane)!;
	return { images, norms: lengths!.norms };
}

/** The autocorrelation of the gradients along a line, of every network. @throws Error as above */
async function followLine(experiment: Experiment, steps: number) {
	const { shattered } = await historyAfter(experiment, steps, 'shattered');
	const [{ images }] = shattered;
	return {
		images,
		networks: shattered
			.toSorted((a, b) => a.lane - b.lane)
			.map(({ lane, correlation }) => {
				const { shortcut, norm } = experiment.lanes[lane].network as {
					shortcut: string;
					norm: string;
				};
				return {
					kind: shortcut === 'none' ? 'plain' : 'residual',
					norm,
					...reduced(correlation)
				};
			})
	};
}

const noiseAlong = (): { points: number; noise: Record<Noise, ReturnType<typeof reduced>> } => ({
	points: POINTS,
	noise: Object.fromEntries(
		NOISES.map((noise) => [noise, reduced(noiseCorrelation(noise, POINTS))])
	) as Record<Noise, ReturnType<typeof reduced>>
});

Object.assign(globalThis, { followPaths, followLine, noiseAlong });
