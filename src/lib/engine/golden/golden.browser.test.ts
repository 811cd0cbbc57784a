import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, createEngine, openBackend } from '..';
import { TfjsEngine } from '../tfjs/engine';
import { goldenCases, parseGolden, QUANTITIES, runGolden, TOLERANCE } from './golden';

const files = import.meta.glob('./*.json', { eager: true, import: 'default' });

describe.each(BACKENDS)('PyTorch’s training steps in the browser on %s', (backend) => {
	let reason: Awaited<ReturnType<typeof openBackend>>;
	beforeAll(async () => {
		reason = await openBackend(backend);
	});

	for (const golden of goldenCases(files))
		it(golden.name, async ({ skip }) => {
			if (reason?.code === 'half-precision') skip('webgl has only 16-bit floats here');
			expect(reason).toBeNull();
			const before = tf.memory().numTensors;
			const errors = await runGolden(golden, createEngine);
			for (const quantity of QUANTITIES) expect(errors[quantity], quantity).toBeLessThan(TOLERANCE);
			expect(tf.memory().numTensors, 'tensors left').toBe(before);
		});

	// What trains a network that our kernels do not know.
	it.skipIf(backend === 'cpu')('on tfjs’s kernels', async ({ skip }) => {
		if (reason?.code === 'half-precision') skip('webgl has only 16-bit floats here');
		const golden = parseGolden(files['./residual-8-b.json']);
		const errors = await runGolden(golden, async (setups) => new TfjsEngine(setups));
		for (const quantity of QUANTITIES) expect(errors[quantity], quantity).toBeLessThan(TOLERANCE);
	});
});
