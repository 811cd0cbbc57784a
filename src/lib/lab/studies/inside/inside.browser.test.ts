import { expect, it } from 'vitest';
import expected from '$lib/engine/golden/gradients/expected.json';
import { openPrecise } from '$lib/engine/testing/precise';
import { expectEvidence } from './testing';

// The reference in Node reads every file (`inside.test.ts`).
it.each(['wasm', 'webgl', 'webgpu'] as const)(
	'what a class score depends on agrees with PyTorch on %s',
	async (name) => {
		const [small] = expected.filter(({ file }) => file.startsWith('residual-8'));
		expect(small).toBeDefined();
		const backend = await openPrecise(name);
		if (backend) await expectEvidence(backend, small);
	}
);
