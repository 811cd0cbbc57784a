import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { entry } from '$lib/base/entry';
import { analyse } from '$lib/network';
import { BACKENDS, nodeGradients, type Backend, type Way } from '..';
import { goldenBatch, laneSetup, TOLERANCE, withAverages } from './golden';
import expected from './gradients/expected.json';
import { parseGolden } from './parse';
import { openPrecise } from '../testing/precise';

const files = import.meta.glob('./*.json', { eager: true, import: 'default' });

const isSmall = ({ file }: { readonly file: string }) => /residual-8|preactivation/.test(file);

/** A tensor's norm and its dot product with a fixed vector. */
type Told = number[];

function told(values: Float32Array): Told {
	let [squares, dot] = [0, 0];
	values.forEach((x, i) => {
		squares += x * x;
		dot += x * Math.sin((i * i) % 1021);
	});
	return [Math.sqrt(squares), dot];
}

/** Fails if a tensor's numbers differ; a dot product is compared with the norm, of which it may be a small part. */
function expectSame(found: Float32Array | null | undefined, [norm, dot]: Told, what: string) {
	const [ownNorm, ownDot] = told(found ?? new Float32Array());
	// A gradient through a normalisation may cancel to nothing but rounding errors.
	const scale = Math.max(norm, 1e-6);
	expect(Math.abs(ownNorm - norm) / scale, `norm of ${what}`).toBeLessThan(TOLERANCE);
	expect(Math.abs(ownDot - dot) / scale, `direction of ${what}`).toBeLessThan(TOLERANCE);
}

describe.each(BACKENDS)('PyTorch’s gradients by the outputs of nodes on %s', (name) => {
	/** Null if webgl has only 16-bit floats. */
	let backend: Backend | null;
	beforeAll(async () => {
		backend = await openPrecise(name);
	});

	// On software adapters, the large ones take most of a minute.
	const cases = name === 'cpu' || name === 'wasm' ? expected : expected.filter(isSmall);

	it.each(cases)('$file', async ({ file, passes }) => {
		if (!backend) return;
		const golden = parseGolden(files[`./${file}.json`]);
		const network = analyse(golden.network);
		const batch = goldenBatch(golden);
		const setup = await withAverages(backend, laneSetup(golden, network), batch);
		const before = tf.engine().state.numTensors;
		for (const pass of passes) {
			const ids = Object.keys(pass.nodes);
			const found = await nodeGradients(backend, setup, batch, {
				...{ training: pass.training, outputs: ids, gradients: ids },
				objective: pass.scores ? { scores: pass.scores } : 'loss',
				ways: new Map(
					network.blocks.flatMap(({ index, shortcut }) => {
						const input = (pass.ways as Record<string, number>)[shortcut?.to ?? ''];
						return input === undefined
							? []
							: [[index, input ? 'shortcut' : 'branch'] as [number, Way]];
					})
				)
			});
			expect(found.loss).toBeCloseTo(pass.loss, 4);
			for (const [id, node] of Object.entries(pass.nodes)) {
				const { total, by } = entry(found.gradients, id);
				expectSame(found.outputs.get(id), node.output, `the output of ${id}`);
				expectSame(total, node.total, `the gradient by ${id}`);
				expect([...by.keys()].sort(), `readers of ${id}`).toEqual(Object.keys(node.by).sort());
				for (const [reader, own] of Object.entries(node.by))
					expectSame(by.get(reader), own as Told, `what ${reader} sends back to ${id}`);
			}
		}
		expect(tf.engine().state.numTensors, 'tensors left').toBe(before);
	});
});
