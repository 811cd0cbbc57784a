/**
 * Training steps of the networks for ImageNet on our wasm kernels, in Node, against PyTorch's in float64: all their weights,
 * on small images. `AGREEMENT=all` adds the networks that are too large for a normal run.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WasmEngine } from '../../wasm/engine';
import { QUANTITIES, runGolden, TOLERANCE } from '../golden';
import { parseGolden } from '../parse';

const FILES = import.meta.glob<object>('./*.json', { import: 'default' });
const USUAL = ['resnet-18', 'googlenet'];
const NAMES = Object.keys(FILES).map((path) => path.slice('./'.length, -'.json'.length));

// Vite gives the addresses of the kernels, Node reads their paths.
beforeAll(() => {
	vi.stubGlobal('fetch', async (url: string) => new Response(readFileSync(join('.', url))));
});
afterAll(() => void vi.unstubAllGlobals());

it.each(NAMES.filter((name) => process.env.AGREEMENT === 'all' || USUAL.includes(name)))(
	'a training step of %s is PyTorch’s',
	async (name) => {
		const golden = parseGolden(await FILES[`./${name}.json`]());
		const started = performance.now();
		const errors = await runGolden(golden, (setups) => WasmEngine.create(setups));
		if (process.env.AGREEMENT) console.log(name, performance.now() - started, errors);
		for (const quantity of QUANTITIES) expect(errors[quantity], quantity).toBeLessThan(TOLERANCE);
	}
);
