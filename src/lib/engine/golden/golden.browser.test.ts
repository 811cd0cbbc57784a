import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, createEngine, type Backend } from '..';
import { TfjsEngine } from '../tfjs/engine';
import { goldenCases, QUANTITIES, runGolden, TOLERANCE } from './golden';
import type { Golden } from './parse';
import { covering } from '../testing/covering';
import { openPrecise } from '../testing/precise';

const cases = goldenCases(import.meta.glob('./*.json', { eager: true, import: 'default' }));
const isOperations = ({ name }: { readonly name: string }) => name.startsWith('op-');
/** Every operation and optimiser, for software adapters; `kernels.browser.test.ts` has pairs of neighbours. */
const once = covering(
	[...cases.filter(isOperations), ...cases.filter((one) => !isOperations(one))],
	({ golden }) => golden,
	{ neighbours: false }
);

describe.each(BACKENDS)('PyTorch’s training steps in the browser on %s', (name) => {
	/** Null if webgl has only 16-bit floats. */
	let backend: Backend | null;
	beforeAll(async () => {
		backend = await openPrecise(name);
	});

	/** Runs a file on an engine, which must leave no tensor. */
	const compare = async (golden: Golden, create: typeof createEngine) => {
		if (!backend) return;
		const on = backend;
		const before = tf.engine().state.numTensors;
		const errors = await runGolden(golden, (setups) => create(on, setups));
		for (const quantity of QUANTITIES) expect(errors[quantity], quantity).toBeLessThan(TOLERANCE);
		expect(tf.engine().state.numTensors, 'tensors left').toBe(before);
	};
	const REASON = 'webgl has only 16-bit floats here';
	/** The files that our kernels left to tfjs's. */
	const left = new Set<string>();

	for (const { name: file, golden } of name === 'cpu' || name === 'wasm' ? cases : once) {
		it(file, ({ skip }) =>
			backend
				? compare(golden, async (on, setups) => {
						const engine = await createEngine(on, setups);
						if (engine instanceof TfjsEngine) left.add(file);
						return engine;
					})
				: skip(REASON)
		);
		// What our kernels train, tfjs's must too: they are the reference. Those of the CIFAR family: `gradients.browser.test.ts`.
		it.runIf(isOperations({ name: file }))(`${file} on tfjs’s kernels`, ({ skip }) => {
			if (left.has(file)) return;
			return backend
				? compare(golden, async (on, setups) => new TfjsEngine(on, setups))
				: skip(REASON);
		});
	}
});
