import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HISTOGRAMS } from '../../engine';
import { openBackend } from '../../tfjs/backend';
import { TfjsEngine } from '../../tfjs/engine';
import { WasmEngine } from '../../wasm/engine';
import { compareHistograms, HISTOGRAM_CASES, TOLERATED } from './compare';

// Vite gives the addresses of the kernels, Node reads their paths.
beforeAll(() => {
	vi.stubGlobal('fetch', async (url: string) => new Response(readFileSync(join('.', url))));
});
afterAll(() => void vi.unstubAllGlobals());

const ENGINES = {
	wasm: (setups) => WasmEngine.create(setups),
	cpu: async (setups) => new TfjsEngine(await openBackend('cpu'), setups)
} satisfies Record<string, Parameters<typeof compareHistograms>[1]>;

describe.each(Object.entries(ENGINES))('histograms of a step on %s', (_, create) => {
	it.each(HISTOGRAM_CASES)('are PyTorch’s: %s', async (name) => {
		const { counted, largest, exact } = await compareHistograms(name, create);
		if (process.env.AGREEMENT) console.log(name, largest);
		for (const what of HISTOGRAMS) {
			const [ours, torch] = counted[what];
			expect(ours, what).toBe(torch);
			expect(largest[what], what).toBeLessThan(TOLERATED);
		}
		expect(exact).toBe(true);
	});
});
