import { beforeAll, describe, expect, it } from 'vitest';
import { entry } from '$lib/base/entry';
import { BACKENDS, gradientPasses, openBackend, type Backend } from '$lib/engine';
import { goldenBatch, laneSetup, TOLERANCE, withAverages } from '$lib/engine/golden/golden';
import { parseGolden } from '$lib/engine/golden/parse';
import { openPrecise } from '$lib/engine/testing/precise';
import { analyse } from '$lib/network';
import expected from './expected.json';
import { blocksOf, pathNorms } from './measure';

const files = import.meta.glob('../../../engine/golden/*.json', { eager: true, import: 'default' });

async function opened(backend: Backend, file: string) {
	const golden = parseGolden(files[`../../../engine/golden/${file}.json`]);
	const batch = goldenBatch(golden);
	const setup = await withAverages(backend, laneSetup(golden, analyse(golden.network)), batch);
	return { batch, setup };
}

describe.each(BACKENDS)('where the gradient travels on %s', (name) => {
	/** Null if webgl has only 16-bit floats. */
	let backend: Backend | null;
	beforeAll(async () => {
		backend = await openPrecise(name);
	});
	const isSoftware = name === 'webgl' || name === 'webgpu';

	it.each(isSoftware ? expected.filter(({ file }) => file === 'residual-8-b') : expected)(
		'is what PyTorch finds in float64, block by block and path by path: $file',
		async ({ file, blocks, paths, norms }) => {
			if (!backend) return;
			const { batch, setup } = await opened(backend, file);
			const terms = (await blocksOf(backend, setup, batch)).filter((block) => block !== null);
			expect(terms).toHaveLength(blocks.length);
			terms.forEach((block, i) => {
				for (const pass of ['forward', 'backward'] as const)
					for (const term of ['shortcut', 'branch', 'sum'] as const)
						expectClose(block[pass][term], blocks[i][pass][term], `${pass} ${term} of ${i}`);
			});
			const found: number[] = [];
			for await (const norm of pathNorms(backend, setup, batch, paths)) found.push(norm);
			expect(found).toHaveLength(norms.length);
			found.forEach((norm, i) => expectClose(norm, norms[i], `path ${paths[i].join()}`));
		}
	);
});

function expectClose(found: number, wanted: number, what: string) {
	const error = found === wanted ? 0 : Math.abs(found - wanted) / wanted;
	expect(error, what).toBeLessThan(TOLERANCE);
}

it('the gradients by all paths add up to the whole gradient', async () => {
	const backend = await openBackend('wasm');
	const { batch, setup } = await opened(backend, 'preactivation');
	const network = analyse(setup.network);
	const image = network.nodes[0].node.id;
	const own = network.blocks.flatMap(({ index, shortcut }) => (shortcut ? [index] : []));
	const base = { objective: 'loss', outputs: [], gradients: [image] } as const;
	const requests = Array.from({ length: 2 ** own.length }, (_, path) => ({
		...base,
		ways: new Map(
			own.map((block, i) => [block, path & (1 << i) ? ('branch' as const) : ('shortcut' as const)])
		)
	}));
	const totals: Float32Array[] = [];
	const mode = { training: false };
	for await (const found of gradientPasses(backend, setup, batch, mode, [base, ...requests]))
		totals.push(entry(found.gradients, image).total ?? new Float32Array());
	const [whole, ...parts] = totals;
	const scale = Math.max(...whole.map(Math.abs));
	expect(parts).toHaveLength(2 ** own.length);
	whole.forEach((value, i) => {
		const sum = parts.reduce((all, part) => all + part[i], 0);
		expect(Math.abs(sum - value) / scale).toBeLessThan(TOLERANCE);
	});
	const largest = Math.max(...parts.map((part) => Math.max(...part.map(Math.abs))));
	expect(largest).toBeGreaterThan(scale / 100);
});
