/**
 * Compares the Keras code of the families with the engine that trained the weights: in Keras if Python has it, else in
 * a stand-in on PyTorch. Skipped if there is neither.
 */
import type { Batch } from '$lib/base/image';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEngine, openBackend } from '$lib/engine';
import { PRESETS } from '$lib/lab';
import { analyse, cifarNetwork, CIFAR_DEFAULTS, NORMS, type CifarOptions } from '$lib/network';
import { kerasCallOf, modelFiles, type NamedNetwork } from '../networks';
import { writeSafetensors } from '../safetensors';
import { DRAWN, expectDrawnAlike } from '../testing/drawn';
import { KERAS, runTesting } from '../testing/python';
import { toTensors } from '../weights';
import { kerasProject } from './project';

const KINDS: Readonly<Record<string, Partial<CifarOptions>>> = {
	plain: { shortcut: 'none' },
	a: {},
	b: { shortcut: 'B', initialisation: 'twice-he' },
	c: { shortcut: 'C', activation: 'tanh', initialisation: 'xavier' },
	pre: { shortcut: 'B', order: 'pre' },
	pre_a: { shortcut: 'A', order: 'pre', initialisation: 'zero-residual' },
	pre_c: { shortcut: 'C', order: 'pre', activation: 'leaky-relu' },
	bare: { shortcut: 'B', norm: 'none', activation: 'sigmoid', initialisation: 'small-normal' },
	...Object.fromEntries(
		NORMS.map((norm) => [`zero_${norm}`, { initialisation: 'zero-residual', norm }])
	),
	drop: { dropout: 0.5, classes: 7 },
	cut: { shortcut: 'B' }
};
const GATES: Readonly<Record<string, number[]>> = { cut: [1, 0.5, 0] };

describe.skipIf(!KERAS.python)(`in ${KERAS.name}`, () => {
	it('every kind of network computes the engine’s logits', async () => {
		const backend = await openBackend('cpu');
		const folder = mkdtempSync(join(tmpdir(), 'keras-'));
		const shape = [6, 10, 10, 2] as const;
		const batch: Batch = {
			images: Float32Array.from({ length: 6 * 10 * 10 * 2 }, (_, i) => Math.sin((i * i) % 1021)),
			labels: Int32Array.from({ length: 6 }, (_, i) => i),
			shape
		};
		const base: CifarOptions = { ...CIFAR_DEFAULTS, depth: 8, width: 4, size: 10, channels: 2 };
		const networks = Object.entries(KINDS).map(([name, change]) => ({
			name,
			options: { ...base, ...change },
			gates: GATES[name]
		}));
		try {
			const cases: [name: string, weights: string, logits: string, shape: readonly number[]][] = [];
			const counts: number[] = [];
			for (const { name, options, gates } of networks) {
				const network = cifarNetwork(options);
				const engine = await createEngine(backend, [{ network, seed: 5, gates }]);
				const recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };
				for (let step = 1; step <= 3; step++) await engine.step(batch, { ...recipe, step });
				const [weights, logits] = [`${name}.safetensors`, `${name}.logits`].map((file) =>
					join(folder, file)
				);
				writeFileSync(logits, await engine.logits(0, batch, false));
				const { parameters, averages } = await engine.state(0);
				engine.dispose();
				const analysed = analyse(network);
				writeFileSync(weights, writeSafetensors(toTensors(analysed, { parameters, averages })));
				cases.push([name, weights, logits, shape]);
				counts.push(analysed.parameterCount);
			}
			const named: NamedNetwork[] = networks.map(({ name, options, gates }) => ({
				...{ name, gates },
				spec: { family: 'cifar', options }
			}));
			// Projects differ only in their model.
			const project = kerasProject({
				images: new Map(),
				experiment: PRESETS.degradation(8),
				input: [8, 8, 1],
				app: 'test',
				trained: null
			});
			for (const [file, text] of [...project, ...modelFiles('keras', named)])
				writeFileSync(join(folder, file), text);

			const run = (input: typeof cases) =>
				runTesting<[off: number, learnt: number]>(
					KERAS.python!,
					'keras_logits.py',
					[...KERAS.folders, folder],
					input
				);
			const told = await run(cases);
			expect(told).toHaveLength(networks.length);
			told.forEach(([off, learnt], i) => {
				expect(off, networks[i].name).toBeLessThan(1e-4);
				expect(learnt, networks[i].name).toBe(counts[i]);
			});

			const [, wrong] = cases.find(([name]) => name === 'pre')!;
			const [, , logits] = cases.find(([name]) => name === 'a')!;
			await expect(run([['a', wrong, logits, shape]])).rejects.toThrow(
				/pre\.safetensors: no tensor stem_norm\.weight/
			);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});

	it('initial weights have the app’s distributions', async () => {
		const calls = DRAWN.map((spec) => kerasCallOf({ spec }));
		const folders = [...KERAS.folders, 'keras/files'];
		expectDrawnAlike(await runTesting(KERAS.python!, 'keras_drawn.py', folders, calls));
	});
});
