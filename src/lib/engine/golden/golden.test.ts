import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACTIVATIONS, OPS } from '$lib/network';
import { OPTIMISERS, type Engine, type LaneSetup } from '../engine';
import { openBackend } from '../tfjs/backend';
import { TfjsEngine } from '../tfjs/engine';
import { goldenCases, QUANTITIES, runGolden, TOLERANCE } from './golden';
import { parseGolden, readNetwork } from './parse';

const files = import.meta.glob('./*.json', { eager: true, import: 'default' });
let create: (setups: readonly LaneSetup[]) => Promise<Engine>;

beforeAll(async () => {
	const backend = await openBackend('cpu');
	create = async (setups) => new TfjsEngine(backend, setups);
});

describe('PyTorch’s training steps on the cpu backend', () => {
	const cases = goldenCases(files);

	it('have every operation, activation and optimiser', () => {
		const nodes = cases.flatMap(({ golden }) => golden.network.nodes);
		expect(new Set(nodes.map(({ type }) => type))).toEqual(new Set(Object.keys(OPS)));
		const activations = nodes.flatMap((node) =>
			node.type === 'activation' ? node.activation : []
		);
		expect(new Set(activations)).toEqual(new Set(ACTIVATIONS));
		const optimisers = cases.map(({ golden }) => golden.recipe.optimiser ?? 'sgd');
		expect(new Set(optimisers)).toEqual(new Set(OPTIMISERS));
	});

	it.each(cases)('$name', async ({ golden }) => {
		const before = tf.engine().state.numTensors;
		const errors = await runGolden(golden, create);
		for (const quantity of QUANTITIES) expect(errors[quantity], quantity).toBeLessThan(TOLERANCE);
		expect(tf.engine().state.numTensors, 'tensors left').toBe(before);
	});

	it('tells a wrong result from a right one', async () => {
		const golden = parseGolden(files['./residual-8-a.json']);
		const errors = await runGolden({ ...golden, gates: [1, 0.99, 1] }, create);
		for (const quantity of QUANTITIES)
			expect(errors[quantity], quantity).toBeGreaterThan(TOLERANCE);
	});
});

describe('a network', () => {
	const input = { id: 'input', type: 'input', inputs: [] };
	const of = (...nodes: object[]) => ({ version: 1, input: [8, 8, 3], nodes: [input, ...nodes] });
	const pool = { id: 'pool', type: 'averagePool', inputs: ['input'], kernel: 2 };

	it('is one by its name, with options, or its description', () => {
		expect(readNetwork('cifar-resnet-8?width=4').nodes[1]).toMatchObject({ filters: 4 });
		expect(readNetwork(of({ ...pool, stride: 2 })).nodes[1]).toMatchObject(pool);
	});

	it.each([
		['no-net-9', /no-net-9/],
		[of({ ...pool, type: 'softPool' }), /nodes\.1\.type/],
		[of({ ...pool, inputs: ['image'] }), /pool.*image/],
		[of(pool), /pool: a field/]
	])('is refused where it is wrong', (json, message) => {
		expect(() => readNetwork(json)).toThrow(message);
	});
});

describe('a file that is none', () => {
	it.each([
		[{}, /network/],
		[{ ...(files['./op-pool.json'] as object), images: undefined, batch: undefined }, /batch/],
		[{ ...(files['./plain-8.json'] as object), labels: ['cat'] }, /labels\.0/]
	])('is refused by path', (json, message) => {
		expect(() => parseGolden(json)).toThrow(message);
	});

	it('names a weight of the wrong shape', async () => {
		const golden = parseGolden(files['./plain-8.json']);
		const stem = { ...golden.weights['stem/kernel'], shape: [3, 3, 3, 5] };
		const broken = { ...golden, weights: { ...golden.weights, 'stem/kernel': stem } };
		await expect(runGolden(broken, create)).rejects.toThrow(/stem\/kernel.*3×3×3×4.*3×3×3×5/);
	});
});
