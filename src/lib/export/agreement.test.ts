/**
 * Compares the ImageNet networks in ONNX Runtime, PyTorch and Keras, with the same weights on the same image; skipped
 * if something is missing.
 */
import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyse, networkOf, parseName } from '$lib/network';
import { findOnnxRuntime } from '../../../scripts/onnx.mjs';
import { findPython } from '../../../scripts/python.mjs';
import { callOf, kerasCallOf } from './networks';
import { onnxModel } from './onnx/model';
import { KERAS, runTesting } from './testing/python';

const runtime = findOnnxRuntime();
const python = findPython('torch, numpy, onnx');
/** Networks to test; `AGREEMENT=all` adds those that are too large for a normal run. */
const NAMES = [
	...['googlenet', 'resnet-18?shortcut=A', 'resnet-18?shortcut=B&order=pre', 'resnet-50'],
	'cifar-resnet-20',
	...(process.env.AGREEMENT === 'all'
		? [
				...['alexnet', 'alexnet-2012', 'vgg-16', 'plain-34', 'resnet-34?shortcut=C', 'resnet-152'],
				...['resnet-50?stride=3x3', 'resnet-50?order=pre', 'cifar-resnet-110?shortcut=B']
			]
		: [])
];

const specs = NAMES.map(parseName);

it.skipIf(!runtime || !python || !KERAS.python)(
	`PyTorch’s code, that of Keras (in ${KERAS.name}) and ONNX’s file put out the same`,
	{ timeout: 900_000 },
	async () => {
		const folder = mkdtempSync(join(tmpdir(), 'agreement-'));
		const path = (i: number) => join(folder, `network${i}`);
		try {
			for (const [i, spec] of specs.entries()) {
				const network = analyse(networkOf(spec));
				const file = openSync(`${path(i)}.onnx`, 'w');
				const options = { weights: { seed: 3 }, app: 'test 1' };
				for (const piece of onnxModel(network, options).pieces()) writeSync(file, piece);
				closeSync(file);
				const [height, width, channels] = network.network.input;
				const image = Float32Array.from({ length: height * width * channels }, (_, i) =>
					Math.sin((i * i) % 1021)
				);
				const session = await runtime.InferenceSession.create(`${path(i)}.onnx`);
				const { logits } = await session.run({
					images: new runtime.Tensor('float32', image, [1, channels, height, width])
				});
				await session.release();
				writeFileSync(`${path(i)}.logits`, logits.data);
			}
			const torch = await runTesting<number>(
				python!,
				'agreement_torch.py',
				['pytorch/files'],
				specs.map((spec, i) => [callOf({ spec }), path(i)])
			);
			const keras = await runTesting<[off: number, learnt: number, macs: number]>(
				KERAS.python!,
				'agreement_keras.py',
				[...KERAS.folders, 'keras/files'],
				specs.map((spec, i) => [kerasCallOf({ spec }), path(i)])
			);
			NAMES.forEach((name, i) => {
				const [off, learnt, macs] = keras[i];
				expect(Math.max(torch[i], off), name).toBeLessThan(1e-4);
				const network = analyse(networkOf(specs[i]));
				expect([learnt, macs], name).toEqual([network.parameterCount, network.macs]);
			});
		} finally {
			rmSync(folder, { recursive: true });
		}
	}
);
