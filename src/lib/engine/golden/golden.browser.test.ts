import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { BackendError, BACKENDS, createEngine, openBackend, type Backend } from '..';
import { TfjsEngine } from '../tfjs/engine';
import { goldenCases, parseGolden, QUANTITIES, runGolden, TOLERANCE } from './golden';

const files = import.meta.glob('./*.json', { eager: true, import: 'default' });

describe.each(BACKENDS)('PyTorch’s training steps in the browser on %s', (name) => {
	/** Null if webgl has only 16-bit floats. */
	let backend: Backend | null;
	beforeAll(async () => {
		backend = await openBackend(name).catch((error: unknown) => {
			if (error instanceof BackendError && error.reason.code === 'half-precision') return null;
			throw error;
		});
	});

	for (const golden of goldenCases(files))
		it(golden.name, async ({ skip }) => {
			if (!backend) return skip('webgl has only 16-bit floats here');
			const on = backend;
			const before = tf.engine().state.numTensors;
			const errors = await runGolden(golden, (setups) => createEngine(on, setups));
			for (const quantity of QUANTITIES) expect(errors[quantity], quantity).toBeLessThan(TOLERANCE);
			expect(tf.engine().state.numTensors, 'tensors left').toBe(before);
		});

	// tfjs's kernels train networks that ours cannot.
	it.skipIf(name === 'cpu')('on tfjs’s kernels', async ({ skip }) => {
		if (!backend) return skip('webgl has only 16-bit floats here');
		const on = backend;
		const golden = parseGolden(files['./residual-8-b.json']);
		const errors = await runGolden(golden, async (setups) => new TfjsEngine(on, setups));
		for (const quantity of QUANTITIES) expect(errors[quantity], quantity).toBeLessThan(TOLERANCE);
	});
});
