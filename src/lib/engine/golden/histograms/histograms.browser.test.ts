import { expect, it } from 'vitest';
import { createEngine, HISTOGRAMS } from '../..';
import { openPrecise } from '../../testing/precise';
import { compareHistograms, TOLERATED } from './compare';

// Normalisation with additions, and biases without normalisation; on software adapters, the larger files take long.
it.each(
	(['webgpu', 'webgl'] as const).flatMap((backend) =>
		['residual-8-b', 'residual-8-nobn-tanh'].map((file) => ({ backend, file }))
	)
)('histograms of a step on $backend are PyTorch’s: $file', async ({ backend: name, file }) => {
	const backend = await openPrecise(name);
	if (!backend) return;
	const { counted, largest, exact } = await compareHistograms(file, (setups) =>
		createEngine(backend, setups)
	);
	for (const what of HISTOGRAMS) {
		const [ours, torch] = counted[what];
		expect(ours, what).toBe(torch);
		expect(largest[what], what).toBeLessThan(TOLERATED);
	}
	expect(exact).toBe(true);
});
