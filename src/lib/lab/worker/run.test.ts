import { expect, it } from 'vitest';
import { openDataSet } from '$lib/data';
import { syntheticPack } from '$lib/data/testing';
import { openBackend } from '$lib/engine/tfjs/backend';
import { lane, laneOf, type Experiment } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
import type { Report } from './protocol';
import { Run } from './run';

it('refuses images that are too small for a network before it takes memory, and says which size they have', async () => {
	const { manifest, load } = syntheticPack();
	const set = await openDataSet(manifest, { load, onProgress() {} });
	const backend = await openBackend('cpu');
	const build = (halve: boolean) => {
		const experiment: Experiment = {
			...PRESETS.degradation(8),
			lanes: [laneOf('vgg-mini', { width: 2, classes: 4 })],
			data: { set: 'own-stripes', halve, augment: false }
		};
		return Run.build(
			backend,
			experiment,
			set,
			null,
			null,
			() => {},
			() => {},
			new AbortController().signal
		);
	};
	await expect(build(true)).rejects.toMatchObject({
		failure: { code: 'image-size', size: 4, full: 8, least: 8 }
	});
	(await build(false)).dispose();
});

it('an evaluation carries the learned scales of a network that has them', async () => {
	const { manifest, load } = syntheticPack();
	const set = await openDataSet(manifest, { load, onProgress() {} });
	const small = { depth: 8, width: 2, classes: 4 };
	const told: Report[] = [];
	const run = await Run.build(
		await openBackend('cpu'),
		{
			...PRESETS.ignored(8),
			lanes: [laneOf('rezero-mini', { ...small, scale: 'skipinit' }), lane(small)],
			data: { set: 'own-stripes', halve: false, augment: false }
		},
		set,
		null,
		null,
		(report) => void told.push(report),
		() => {},
		new AbortController().signal
	);
	await run.evaluate();
	run.dispose();
	const third = expect.closeTo(1 / Math.sqrt(3), 6);
	expect(told.map((report) => report.kind === 'evaluation' && report.evaluation.scales)).toEqual([
		[third, third, third],
		undefined
	]);
});
