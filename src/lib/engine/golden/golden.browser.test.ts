import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
	BackendError,
	BACKENDS,
	createEngine,
	openBackend,
	type Backend,
	type Engine,
	type LaneSetup
} from '..';
import { TfjsEngine } from '../tfjs/engine';
import { goldenCases, QUANTITIES, runGolden, TOLERANCE } from './golden';

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

	for (const { name: file, golden } of goldenCases(files)) {
		/** Runs the file on an engine, which must leave no tensor. */
		const compare = async (create: (on: Backend, setups: LaneSetup[]) => Promise<Engine>) => {
			if (!backend) return;
			const on = backend;
			const before = tf.engine().state.numTensors;
			const errors = await runGolden(golden, (setups) => create(on, setups));
			for (const quantity of QUANTITIES) expect(errors[quantity], quantity).toBeLessThan(TOLERANCE);
			expect(tf.engine().state.numTensors, 'tensors left').toBe(before);
		};
		const reason = 'webgl has only 16-bit floats here';
		it(file, ({ skip }) => (backend ? compare(createEngine) : skip(reason)));
		// tfjs's kernels train what ours cannot.
		it.skipIf(name === 'cpu')(`${file} on tfjs’s kernels`, ({ skip }) =>
			backend ? compare(async (on, setups) => new TfjsEngine(on, setups)) : skip(reason)
		);
	}
});
