/**
 * The CIFAR family's Keras code beside the engine that trained the weights; in Keras where a Python has it, else on a
 * stand-in of ours on PyTorch. Passed over where there is neither.
 */
import type { Batch } from '$lib/base/image';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createEngine, openBackend } from '$lib/engine';
import { analyse, cifarNetwork, CIFAR_DEFAULTS, type CifarOptions } from '$lib/network';
import { findKeras, findTorch } from '../../../../scripts/python.mjs';
import { writeSafetensors } from '../safetensors';
import { toTensors } from '../weights';
import { kerasCifarModel } from './cifar';

const keras = findKeras();
const python = keras ?? findTorch();
const FILES = 'src/lib/export/keras';

const KINDS: Readonly<Record<string, Partial<CifarOptions>>> = {
	plain: { shortcut: 'none' },
	a: {},
	b: { shortcut: 'B', initialisation: 'twice-he' },
	c: { shortcut: 'C', activation: 'tanh', initialisation: 'xavier' },
	pre: { shortcut: 'B', order: 'pre' },
	pre_a: { shortcut: 'A', order: 'pre', initialisation: 'zero-residual' },
	pre_c: { shortcut: 'C', order: 'pre', activation: 'leaky-relu' },
	bare: { shortcut: 'B', batchNorm: false, activation: 'sigmoid', initialisation: 'small-normal' },
	zero: { initialisation: 'zero-residual', batchNorm: false },
	drop: { dropout: 0.5, classes: 7 },
	cut: { shortcut: 'B' }
};
const GATES: Readonly<Record<string, number[]>> = { cut: [1, 0.5, 0] };

it.skipIf(!python)(
	`every kind of network gives the logits of the engine, in ${keras ? 'Keras' : 'the stand-in'}`,
	{ timeout: 120_000 },
	async () => {
		const backend = await openBackend('cpu');
		const folder = mkdtempSync(join(tmpdir(), 'keras-'));
		const batch: Batch = {
			images: Float32Array.from({ length: 6 * 10 * 10 * 2 }, (_, i) => Math.sin((i * i) % 1021)),
			labels: Int32Array.from({ length: 6 }, (_, i) => i),
			shape: [6, 10, 10, 2]
		};
		const base: CifarOptions = { ...CIFAR_DEFAULTS, depth: 8, width: 4, size: 10, channels: 2 };
		const networks = Object.entries(KINDS).map(([name, change]) => ({
			name,
			options: { ...base, ...change },
			gates: GATES[name]
		}));
		try {
			const counts: Record<string, number> = {};
			for (const each of networks) {
				const network = cifarNetwork(each.options);
				const engine = await createEngine(backend, [{ network, seed: 5, gates: each.gates }]);
				const recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };
				for (let step = 1; step <= 3; step++) await engine.step(batch, { ...recipe, step });
				const file = (suffix: string) => join(folder, `${each.name}${suffix}`);
				writeFileSync(file('.logits'), await engine.logits(0, batch, false));
				const { parameters, averages } = await engine.state(0);
				engine.dispose();
				const analysed = analyse(network);
				const tensors = toTensors(analysed, { parameters, averages });
				writeFileSync(file('.safetensors'), writeSafetensors(tensors));
				writeFileSync(file('_alone.py'), kerasCifarModel([each]));
				counts[each.name] = analysed.parameterCount;
			}
			writeFileSync(join(folder, 'all_kinds.py'), kerasCifarModel(networks));
			writeFileSync(join(folder, 'weights.py'), readFileSync(join(FILES, 'files/weights.py')));
			const script = `
import importlib, json, sys, numpy
sys.path.insert(0, ".")
${keras ? '' : `sys.path.insert(0, ${JSON.stringify(resolve(FILES, 'stand_in'))})`}
import keras
from weights import load_weights
index = numpy.arange(6 * 10 * 10 * 2)
images = numpy.sin((index * index) % 1021).astype("float32").reshape(6, 10, 10, 2)
${keras ? '' : 'import torch; images = torch.from_numpy(images)'}
for name in ${JSON.stringify(Object.keys(KINDS))}:
    expected = numpy.fromfile(name + ".logits", "<f4")
    for module in ("all_kinds", name + "_alone"):
        model = importlib.import_module(module).NETWORKS[name]()
        load_weights(model, name + ".safetensors")
        found = numpy.asarray(model.predict(images)).ravel()
        off = float(abs(found - expected).max() / abs(expected).max())
        trained = sum(numpy.prod(w.shape) for layer in model.layers for w in (layer.weights[:2] if len(layer.weights) == 4 else layer.weights))
        print(json.dumps([name, off, int(trained)]))
`;
			const { stdout } = await promisify(execFile)(python!, ['-c', script], { cwd: folder });
			const told = stdout
				.trim()
				.split('\n')
				.filter((line) => line.startsWith('['))
				.map((line) => JSON.parse(line) as [string, number, number]);
			expect(told).toHaveLength(2 * networks.length);
			for (const [name, off, parameters] of told) {
				expect(off, name).toBeLessThan(1e-4);
				expect(parameters, name).toBe(counts[name]);
			}

			const wrong = promisify(execFile)(
				python!,
				[
					'-c',
					`${script.split('for name in')[0]}\nimport a_alone\nload_weights(a_alone.NETWORKS["a"](), "pre.safetensors")`
				],
				{ cwd: folder }
			);
			await expect(wrong).rejects.toThrow(/pre\.safetensors: no tensor stem_norm\.weight/);
		} finally {
			rmSync(folder, { recursive: true });
		}
	}
);
