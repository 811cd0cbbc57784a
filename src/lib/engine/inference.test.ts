import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { createEngine, openBackend } from '.';
import { Inference } from './inference';

it.each([
	'cifar-resnet-8?width=4&size=9&shortcut=B',
	'densenet-mini',
	'se-mini',
	'highway-mini',
	'vgg-mini'
])('%s: puts out what evaluation does, and frees all else', async (name) => {
	const network = analyse(networkOf(parseName(name)));
	const backend = await openBackend('cpu');
	const engine = await createEngine(backend, [{ network: network.network, seed: 4 }]);
	const { parameters, averages } = await engine.state(0);
	const { input, nodes: own } = { ...network, input: network.network.input };
	const size = input.reduce((a, b) => a * b, 1);
	const images = Float32Array.from({ length: size }, (_, i) => Math.sin((i * i) % 1021));
	const batch = { images, labels: Int32Array.of(0), shape: [1, ...input] } as const;
	const expected = await engine.logits(0, batch, false);
	engine.dispose();

	const inference = await Inference.open(new Map([...parameters, ...averages]));
	const { numTensors } = tf.engine().state;
	const [first, last] = [own[0].node.id, own[own.length - 1].node.id];
	const shares: number[] = [];
	const found = await inference.outputs(network, new Map([[first, images]]), [first, last], {
		onProgress: (share) => shares.push(share)
	});
	expect(found.get(first)).toBe(images);
	found.get(last)!.forEach((score, i) => expect(score).toBeCloseTo(expected[i], 4));
	expect(tf.engine().state.numTensors).toBe(numTensors);
	// From the middle of the network, the image is not needed.
	const middle = network.blocks.at(0)?.output ?? own[3].node.id;
	const [half] = (await inference.outputs(network, new Map([[first, images]]), [middle])).values();
	const rest = await inference.outputs(network, new Map([[middle, half]]), [last]);
	expect(rest.get(last)).toEqual(found.get(last));
	expect(tf.engine().state.numTensors).toBe(numTensors);
});
