import { expect, it } from 'vitest';
import { openDataSet } from '$lib/data';
import { syntheticPack } from '$lib/data/testing';
import { openBackend } from '$lib/engine/tfjs/backend';
import { laneOf, type Experiment } from '../experiment/experiment';
import { PRESETS } from '../experiment/presets';
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
