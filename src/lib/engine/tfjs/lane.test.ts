import type { Batch } from '$lib/base/image';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { networkOf, parseName } from '$lib/network';
import { readNetwork } from '../golden/parse';
import { initialParameters } from '../initialise';
import { openBackend } from './backend';
import { TfjsEngine } from './engine';

const batchOf = (value: (i: number) => number, channels = 1): Batch => ({
	images: Float32Array.from({ length: 2 * 64 * channels }, (_, i) => value(i)),
	labels: Int32Array.from([0, 1]),
	shape: [2, 8, 8, channels]
});

describe('the first value that is not finite', () => {
	const network = readNetwork({
		version: 1,
		input: [8, 8, 1],
		nodes: [
			{ id: 'input', type: 'input', inputs: [] },
			{
				id: 'conv',
				type: 'conv',
				inputs: ['input'],
				filters: 2,
				kernel: [1, 1],
				stride: 1,
				padding: 0
			},
			{ id: 'large', type: 'scale', inputs: ['conv'], initial: 1e30 },
			{
				id: 'pool',
				type: 'maxPool',
				inputs: ['large'],
				kernel: 2,
				stride: 2,
				padding: 0,
				ceil: false
			},
			{ id: 'flatten', type: 'flatten', inputs: ['pool'] },
			{ id: 'dense', type: 'dense', inputs: ['flatten'], units: 3, bias: false }
		]
	});
	const weights = initialParameters(network, 1);
	const setup = { network, seed: 1, weights };
	const found = async (change: [string, number][], batch: Batch) => {
		const changed = new Map(weights);
		for (const [name, value] of change)
			changed.set(
				name,
				weights.get(name)!.map(() => value)
			);
		const engine = new TfjsEngine(await openBackend('cpu'), [{ ...setup, weights: changed }]);
		const before = tf.engine().state.numTensors;
		const place = await engine.firstNotFinite(0, batch);
		expect(tf.engine().state.numTensors, 'tensors left').toBe(before);
		engine.dispose();
		return place;
	};

	it('is in the output of a node', async () => {
		const place = { node: 'large', pass: 'forward' };
		expect(await found([['conv/kernel', 1e20]], batchOf(Math.sin))).toEqual(place);
	});

	it('or in the gradient that passes through it, where all outputs are finite', async () => {
		const place = { node: 'large', pass: 'backward' };
		expect(
			await found(
				[['dense/kernel', 1e20]],
				batchOf(() => 0)
			)
		).toEqual(place);
	});

	it('or nowhere', async () => {
		expect(await found([['large/scale', 1]], batchOf(Math.sin))).toBeNull();
	});
});

describe('an auxiliary head', () => {
	const NAME = 'googlenet-mini?width=1&size=16&channels=1&aux=';
	it.each(['on', 'off'])('has parameters only if it is trained: %s', async (aux) => {
		const network = networkOf(parseName(NAME + aux));
		const engine = new TfjsEngine(await openBackend('cpu'), [{ network, seed: 1 }]);
		const images = { ...batchOf(Math.cos, 4), shape: [2, 16, 16, 1] } as const;
		const recipe = { learningRate: 0.1, momentum: 0, weightDecay: 0 };
		const before = await engine.state(0);
		await engine.step(images, recipe);
		const after = await engine.state(0);
		const moved = [...after.parameters].filter(
			([name, values]) =>
				name.startsWith('auxiliary') &&
				values.some((value, i) => value !== before.parameters.get(name)![i])
		);
		expect(moved.length > 0).toBe(aux === 'on');
		engine.dispose();
	});
});
