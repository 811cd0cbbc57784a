import type { Batch } from '$lib/base/image';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
	analyse,
	blockParts,
	cifarNetwork,
	networkOf,
	parseName,
	type CifarOptions,
	type Network
} from '$lib/network';
import { createEngine, nodeOutputs, openBackend, type Backend } from '.';

const OPTIONS: CifarOptions = {
	depth: 8,
	width: 4,
	size: 8,
	channels: 2,
	shortcut: 'A',
	activation: 'relu',
	norm: 'batch',
	initialisation: 'he'
};
const GATES = [1, 0.5, 0];
const batch = (count: number, [size, , channels]: Network['input'] = [8, 8, 2]): Batch => ({
	images: Float32Array.from({ length: count * size * size * channels }, (_, i) =>
		Math.sin((i * i) % 1021)
	),
	labels: Int32Array.from({ length: count }, (_, i) => i % 10),
	shape: [count, size, size, channels]
});

/** Trains a few steps on our kernels, then reads the output of every node for two images. */
async function look(backend: Backend, described: Network) {
	const setup = { network: described, seed: 3, gates: GATES };
	const network = analyse(described);
	const { input } = described;
	const engine = await createEngine(backend, [setup]);
	const recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };
	for (let step = 0; step < 4; step++) await engine.step(batch(8, input), recipe);
	const state = await engine.state(0);
	const logits = await engine.logits(0, batch(2, input), false);
	engine.dispose();
	const before = tf.engine().state.numTensors;
	const ids = network.nodes.map(({ node }) => node.id);
	const outputs = await nodeOutputs(backend, { ...setup, state }, batch(2, input), ids);
	expect(tf.engine().state.numTensors, 'tensors left').toBe(before);
	return { network, logits, outputs };
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, what: string) {
	expect(found.length, what).toBe(expected.length);
	const scale = Math.max(...Array.from(expected, Math.abs));
	for (let i = 0; i < expected.length; i++)
		if (!(Math.abs(found[i] - expected[i]) <= 1e-5 * scale))
			expect.fail(`${what}[${i}]: ${found[i]} instead of ${expected[i]}`);
}

describe.each(['wasm', 'webgl', 'webgpu'] as const)('what nodes put out on %s', (name) => {
	it.each<Partial<CifarOptions>>([
		{},
		{ shortcut: 'B', activation: 'tanh' },
		{ shortcut: 'C', norm: 'none' },
		{ shortcut: 'none' },
		{ shortcut: 'A', order: 'pre' }
	])('adds up, and ends in the scores of our kernels: %o', async (change) => {
		const described = cifarNetwork({ ...OPTIONS, ...change });
		const { network, logits, outputs } = await look(await openBackend(name), described);
		expectClose(outputs.get('dense')!, logits, 'logits');
		for (const { node, outputShape } of network.nodes)
			expect(outputs.get(node.id)!.length, node.id).toBe(2 * outputShape.reduce((a, b) => a * b));
		for (const { index } of network.blocks) {
			const parts = blockParts(network, index);
			const branch = outputs.get(parts.branch)!;
			const sum = parts.sum ? outputs.get(parts.sum)! : branch;
			if (parts.sum) {
				const shortcut = outputs.get(parts.shortcut!)!;
				const gate = GATES[index];
				expectClose(
					sum,
					branch.map((f, i) => f + gate * shortcut[i]),
					parts.sum
				);
			}
			const f = { relu: (x: number) => Math.max(0, x), tanh: Math.tanh };
			const { activation } = parts;
			const after = activation ? sum.map(f[activation as 'relu' | 'tanh']) : sum;
			expectClose(outputs.get(parts.output)!, after, parts.output);
		}
	});

	// `golden/gradients.browser.test.ts` compares the values of other networks' nodes with PyTorch's.
	it.each(['highway-mini?depth=7&width=2&size=8'])('has every node of %s', async (link) => {
		const described = networkOf(parseName(link));
		const { network, logits, outputs } = await look(await openBackend(name), described);
		expectClose(outputs.get(network.nodes.at(-1)!.node.id)!, logits, 'logits');
		for (const { node, outputShape } of network.nodes)
			expect(outputs.get(node.id)!.length, node.id).toBe(2 * outputShape.reduce((a, b) => a * b));
	});
});

it('names a node that the network does not have', async () => {
	const backend = await openBackend('wasm');
	const setup = { network: cifarNetwork(OPTIONS), seed: 3 };
	await expect(nodeOutputs(backend, setup, batch(1), ['block9/add'])).rejects.toThrow(
		/block9\/add.*cifar-resnet-8/
	);
});
