import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDataSet, parseManifest, type DataSet } from '$lib/data';
import { initialParameters, openBackend, type Backend } from '$lib/engine';
import {
	changePretraining,
	lane,
	laneNetwork,
	withRounding,
	type Experiment
} from '../experiment/experiment';
import { PRESETS, PRESET_INPUT } from '../experiment/presets';
import type { Pretraining } from '../experiment/pretraining';
import type { FailureError } from './failure';
import { pretrainedWeights } from './pretrain';
import type { Report } from './protocol';
import { Run } from './run';

const PACK = 'static/data/fashion-mnist';
let set: DataSet;
let backend: Backend;

beforeAll(async () => {
	const manifest = parseManifest(readFileSync(join(PACK, 'manifest.json'), 'utf8'));
	const load = async (file: string) => new Uint8Array(readFileSync(join(PACK, file))).buffer;
	set = openDataSet(manifest, { load });
	backend = await openBackend('cpu');
});

/** One small network in two lanes, of which the second is pre-trained. */
function small(depth: number, pretraining: Pretraining): Experiment {
	const one = lane({ depth, width: 2, shortcut: 'none', norm: 'none' });
	const { recipe, ...base } = PRESETS.degradation(8);
	const experiment = { ...base, lanes: [one, one], recipe: { ...recipe, batch: 4 } };
	return changePretraining(experiment, 1, pretraining);
}

async function weightsOf(experiment: Experiment, signal = new AbortController().signal) {
	const told: Report[] = [];
	const tell = (report: Report) => told.push(report);
	const [random, weights] = await pretrainedWeights(backend, experiment, set, { tell, signal });
	expect(random).toBeNull();
	const drawn = initialParameters(laneNetwork(experiment.lanes[1], PRESET_INPUT), experiment.seed);
	return { weights: weights!, drawn, told };
}

describe('pre-training', () => {
	it('trains the layers of the shallower network, leaves those in between, and tells its progress', async () => {
		const { weights, drawn, told } = await weightsOf(small(14, { kind: 'shallower', steps: 2 }));
		expect([...weights.keys()]).toEqual([...drawn.keys()]);
		const changed = [...weights].flatMap(([name, values]) => {
			expect(values.length, name).toBe(drawn.get(name)!.length);
			return values.every((value, i) => value === drawn.get(name)![i]) ? [] : name.split('/')[0];
		});
		expect(new Set(changed)).toEqual(new Set(['stem', 'block0', 'block2', 'block4', 'dense']));
		expect(told[0]).toEqual({
			kind: 'phase',
			phase: { kind: 'pretrain', lane: 1, done: 1, of: 2 }
		});
	});

	it('gives the same weights each time', async () => {
		const experiment = small(8, { kind: 'layerwise', steps: 1 });
		const [first, second] = [await weightsOf(experiment), await weightsOf(experiment)];
		expect(second.weights).toEqual(first.weights);
	});

	it('layer by layer trains every layer, and none again once the next is trained', async () => {
		const [short, long] = await Promise.all(
			[8, 14].map((depth) => weightsOf(small(depth, { kind: 'layerwise', steps: 2 })))
		);
		// The first block's networks are the same in both, and the later ones differ.
		for (const name of ['stem/kernel', 'block0/conv1/kernel', 'block0/conv2/kernel']) {
			expect(long.weights.get(name)).toEqual(short.weights.get(name));
			expect(long.weights.get(name)).not.toEqual(long.drawn.get(name));
		}
		expect(long.weights.get('block5/conv2/kernel')).not.toEqual(
			long.drawn.get('block5/conv2/kernel')
		);
	});

	it('ends at the step at which numbers are no longer finite, and says which network it is', async () => {
		const { recipe, ...base } = small(14, { kind: 'shallower', steps: 1000 });
		const training = weightsOf({ ...base, recipe: { ...recipe, learningRate: 1e20 } });
		const error: unknown = await training.catch((error: unknown) => error);
		const { failure } = error as FailureError;
		expect(failure).toMatchObject({ code: 'pretraining', network: 'cifar-plain-8' });
		if (failure.code === 'pretraining') expect(failure.step).toBeLessThan(10);
	});

	it('ends when its request is replaced', async () => {
		const replaced = new AbortController();
		const training = weightsOf(small(14, { kind: 'shallower', steps: 10_000 }), replaced.signal);
		replaced.abort(new Error('replaced'));
		await expect(training).rejects.toThrow('replaced');
	});
});

it('a network that starts one rounding away has one other weight, by the next 32-bit number', async () => {
	const one = small(8, { kind: 'shallower', steps: 1 }).lanes[0];
	const experiment = { ...PRESETS.degradation(8), lanes: [one, withRounding(one, true)] };
	const { signal } = new AbortController();
	const nothing = () => {};
	const run = await Run.build(backend, experiment, set, null, null, nothing, nothing, signal);
	const [drawn, moved] = await Promise.all([0, 1].map((index) => run.copyOf(index)));
	run.dispose();
	const differ = [...drawn.state.parameters].flatMap(([name, values]) =>
		[...values].flatMap((value, i) => {
			const other = moved.state.parameters.get(name)![i];
			return value === other ? [] : [{ name, i, by: Math.abs(other / value - 1) }];
		})
	);
	expect(differ).toHaveLength(1);
	expect(differ[0]).toMatchObject({ name: 'stem/kernel', i: 0 });
	expect(differ[0].by).toBeLessThanOrEqual(2 ** -23);
});
