import { mean } from 'd3';
import { describe, expect, it } from 'vitest';
import { openDataSet } from '$lib/data';
import { syntheticPack } from '$lib/data/testing';
import { BINS, binsAt } from '$lib/engine/engine';
import { openBackend } from '$lib/engine/tfjs/backend';
import { analyse } from '$lib/network';
import { lane, laneNetwork, laneOf, type Experiment } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
import type { Report } from './protocol';
import { unpacked } from '../studies/histograms/record';
import { Run } from './run';

/** A run of an experiment on small images of four classes, and what it tells. */
async function runOn(experiment: Omit<Experiment, 'data'>, halve = false) {
	const { manifest, load } = syntheticPack();
	const told: Report[] = [];
	const run = await Run.build(
		await openBackend('cpu'),
		{ ...experiment, data: { set: 'own-stripes', halve, augment: false } },
		await openDataSet(manifest, { load, onProgress() {} }),
		null,
		null,
		(report) => void told.push(report),
		() => {},
		new AbortController().signal
	);
	return { run, told };
}
const SMALL = { depth: 8, width: 2, classes: 4 };
const ONE = { ...PRESETS.degradation(8), lanes: [lane(SMALL)] };

it('refuses images that are too small for a network before it takes memory, and says which size they have', async () => {
	const build = (halve: boolean) =>
		runOn(
			{ ...PRESETS.degradation(8), lanes: [laneOf('vgg-mini', { width: 2, classes: 4 })] },
			halve
		);
	await expect(build(true)).rejects.toMatchObject({
		failure: { code: 'image-size', size: 4, full: 8, least: 8 }
	});
	(await build(false)).run.dispose();
});

it('an evaluation carries the learned scales of a network that has them', async () => {
	const { run, told } = await runOn({
		...PRESETS.ignored(8),
		lanes: [laneOf('rezero-mini', { ...SMALL, scale: 'skipinit' }), lane(SMALL)]
	});
	await run.evaluate();
	run.dispose();
	const third = expect.closeTo(1 / Math.sqrt(3), 6);
	expect(told.map((report) => report.kind === 'evaluation' && report.evaluation.scales)).toEqual([
		[third, third, third],
		undefined
	]);
});

it('trains again with another seed, and with its own exactly as before', async () => {
	const { run, told } = await runOn({ ...ONE, evaluation: { every: 3, images: 4 } });
	for (let step = 0; step < 3; step++) {
		await run.imagesForNextStep();
		await run.makeStep();
	}
	run.flush();
	const errors = told.flatMap((report) =>
		report.kind === 'steps' ? report.steps.map(({ lanes }) => lanes[0]?.trainingError) : []
	);
	const tested = told.flatMap((report) =>
		report.kind === 'evaluation' ? report.evaluation.error : []
	);
	const progress: number[] = [];
	const underway = {
		progress: (done: number) => void progress.push(done),
		signal: new AbortController().signal
	};
	const own = await run.retrain(run.experiment.seed, 3, underway);
	expect(own).toEqual([{ errors, trainingError: mean(errors, Number), testError: tested[0] }]);
	expect(progress).toEqual([1, 2, 3]);
	expect(await run.retrain(7, 3, underway)).not.toEqual(own);
	expect(await run.retrain(7, 3, { ...underway, signal: AbortSignal.abort('x') })).toBeNull();
	expect(run.step).toBe(3);
	run.dispose();
});

describe('histograms', () => {
	it('are reported of the steps for them, if they are asked for, apart from the metrics', async () => {
		const { run, told } = await runOn(ONE);
		for (let step = 1; step <= 20; step++) {
			await run.imagesForNextStep();
			await run.makeStep(step > 10);
		}
		await run.settle();
		run.flush();
		const [{ weights, ...found }, ...others] = told.flatMap((report) => {
			if (report.kind !== 'found' || report.study !== 'histograms') return [];
			const { step, lane, counts } = report.found;
			const first = unpacked(counts, binsAt('weight', 0, 8), BINS);
			return { step, lane, weights: first.reduce((a, b) => a + b) };
		});
		expect(found).toEqual({ step: 20, lane: 0 });
		const { parameters, layers } = analyse(laneNetwork(run.experiment.lanes[0], [8, 8, 3]));
		expect(weights).toBe(parameters[layers[0].kernel].size);
		expect(others).toEqual([]);
		const steps = told.flatMap((report) => (report.kind === 'steps' ? report.steps : []));
		expect(steps).toHaveLength(20);
		for (const { lanes } of steps) expect(lanes[0]).not.toHaveProperty('histograms');
		run.dispose();
	});
});
