/**
 * Compares the code of the class-sized families in PyTorch, Keras and ONNX with their descriptions, with the app's
 * weights; skipped without PyTorch.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialParameters, normalDraws } from '$lib/engine/initialise';
import { analyse, knownNames, networkOf, parseName } from '$lib/network';
import { findPython, findTorch } from '../../../scripts/python.mjs';
import { callOf, kerasCallOf } from './networks';
import { onnxModel } from './onnx/model';
import { readInto } from './reading/fit';
import { writeSafetensors } from './safetensors';
import { KERAS, runTesting } from './testing/python';
import { toTensors, type Weights } from './weights';

const PYTHON = findTorch();
const ONNX = findPython('torch, numpy, onnx');
const SMALL = 'size=16&channels=2&classes=7';
/** Every family with every normalisation, and its own options. */
const NAMES = [
	...knownNames()
		.filter((name) => name.endsWith('-mini'))
		.flatMap((name) =>
			['on', 'off', 'group', 'layer'].map((norm) => `${name}?width=4&${SMALL}&norm=${norm}`)
		),
	`alexnet-mini?lrn=off&dropout=0.5&activation=tanh&width=3&${SMALL}`,
	`alexnet-mini?size=21&width=2`,
	`vgg-mini?depth=13&dropout=0.5&activation=leaky-relu&width=3&size=17&classes=7`,
	`googlenet-mini?aux=off&dropout=0.4&width=5&${SMALL}`,
	`bottleneck-mini?depth=11&activation=sigmoid&width=3&${SMALL}`,
	`highway-mini?depth=10&bias=-1&activation=tanh&width=3&${SMALL}`,
	`wide-mini?depth=14&factor=2&width=3&${SMALL}`,
	`stochastic-mini?depth=14&survival=0.8&width=3&${SMALL}`,
	`resnext-mini?depth=11&groups=3&width=6&${SMALL}`,
	`densenet-mini?depth=13&growth=3&width=5&size=13&classes=7`,
	`se-mini?depth=8&reduction=16&width=5&${SMALL}`,
	`rezero-mini?scale=skipinit&penalty=0.01&width=3&${SMALL}`
];

const NETWORKS = NAMES.map((name, i) => {
	const spec = parseName(name);
	const network = analyse(networkOf(spec));
	const [height, width, channels] = network.network.input;
	return {
		name,
		spec,
		network,
		weights: weightsOf(network.network, i),
		gates: network.blocks.map(({ shortcut }, block) =>
			shortcut ? [1, 0.5, 0][(block + i) % 3] : 1
		),
		shape: [3, height, width, channels]
	};
});

/** Weights unlike the initial ones: learned scales, γ and biases that are not all 0 or 1. */
function weightsOf(network: ReturnType<typeof networkOf>, seed: number): Weights {
	const draw = normalDraws(seed, 'moved', 0.1);
	const { nodes } = analyse(network);
	return {
		parameters: new Map(
			[...initialParameters(network, seed)].map(([name, values]) => [
				name,
				/(kernel)$/.test(name) ? values : values.map((value) => value + 0.2 + draw())
			])
		),
		averages: new Map(
			nodes.flatMap(({ node, averages }) =>
				averages.map(({ role, size }) => [
					`${node.id}/${role}`,
					new Float32Array(size).fill(role === 'mean' ? -0.125 : 1.5)
				])
			)
		)
	};
}

it.each(NETWORKS)('the weights of $name are read as they were written', async (one) => {
	const { network, weights } = one;
	const file = new Blob([writeSafetensors(toTensors(network, weights)) as BlobPart]);
	const { weights: read, fit } = await readInto(network, file);
	expect(read).toEqual(weights);
	expect([fit.leftOut, fit.warnings, fit.orders]).toEqual([[], [], null]);
});

describe.skipIf(!PYTHON)('class-sized families', () => {
	let folder: string;
	const fileOf = (i: number, ending = 'safetensors') => join(folder, `${i}.${ending}`);
	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'minis-'));
		NETWORKS.forEach(({ network, weights }, i) =>
			writeFileSync(fileOf(i), writeSafetensors(toTensors(network, weights)))
		);
	});
	afterAll(() => rmSync(folder, { recursive: true }));

	it('compute in PyTorch what their descriptions say, in 64 bits', async () => {
		const told = await runTesting<number[]>(
			PYTHON!,
			'options.py',
			['pytorch/files', '../../../scripts'],
			NETWORKS.map(({ spec, network, weights, gates, shape }, i) => {
				const { nodes, auxiliaryLosses } = network.network;
				return {
					call: callOf({ spec, gates }),
					network: { nodes, auxiliaryLosses },
					weights: Object.fromEntries(
						[...weights.parameters].map(([key, values]) => [key, [...values]])
					),
					gates: Object.fromEntries(
						network.blocks.flatMap(({ shortcut, index }) =>
							shortcut ? [[shortcut.to, gates[index]]] : []
						)
					),
					images: shape,
					file: fileOf(i)
				};
			})
		);
		expect(told).toHaveLength(NAMES.length);
		told.forEach((off, i) => expect(Math.max(...off), `${NAMES[i]} ${off}`).toBeLessThan(1e-10));
	});

	it('have the app’s counts of parameters and multiply-accumulates in PyTorch', async () => {
		const told = await runTesting<number[]>(
			PYTHON!,
			'counts.py',
			['pytorch/files'],
			NETWORKS.map(({ spec, network }) => [callOf({ spec }), network.network.input])
		);
		NETWORKS.forEach(({ name, network: { parameters, network, macs } }, i) => {
			const trained = parameters.reduce((sum, { size }) => sum + size, 0);
			expect(told[i], name).toEqual([trained, macs, network.classes]);
		});
	});

	it(`put out in ${KERAS.name} what they do in PyTorch`, async () => {
		const told = await runTesting<[off: number, learnt: number]>(
			KERAS.python!,
			'keras_logits_of.py',
			[...KERAS.folders, 'keras/files'],
			NETWORKS.map(({ spec, gates, shape }, i) => [kerasCallOf({ spec, gates }), fileOf(i), shape])
		);
		NETWORKS.forEach(({ name, network }, i) => {
			const [off, learnt] = told[i];
			expect(off, name).toBeLessThan(1e-4);
			expect(learnt, name).toBe(network.parameterCount);
		});
	});

	it.skipIf(!ONNX)(
		'are valid in ONNX, with operators that give what they do in PyTorch',
		async () => {
			NETWORKS.forEach(({ network, weights, gates }, i) => {
				const model = onnxModel(network, { weights, gates, app: 'test' });
				writeFileSync(fileOf(i, 'onnx'), Buffer.concat([...model.pieces()]));
			});
			const told = await runTesting<number>(
				ONNX!,
				'onnx_logits.py',
				[],
				NETWORKS.map(({ shape }, i) => [fileOf(i, 'onnx'), `${fileOf(i)}.logits`, shape])
			);
			NETWORKS.forEach(({ name }, i) => expect(told[i], name).toBeLessThan(1e-4));
		}
	);
});
