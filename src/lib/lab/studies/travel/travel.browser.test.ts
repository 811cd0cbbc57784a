import { beforeAll, describe, expect, it } from 'vitest';
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { gradientPasses, openBackend, type Backend } from '$lib/engine';
import type { LaneSetup } from '$lib/engine/engine';
import { goldenBatch, laneSetup, TOLERANCE, withAverages } from '$lib/engine/golden/golden';
import { parseGolden } from '$lib/engine/golden/parse';
import { analyse } from '$lib/network';
import expected from './expected.json';
import { blocksOf, pathNorms } from './measure';

const files = import.meta.glob('../../../engine/golden/*.json', { eager: true, import: 'default' });

async function opened(file: string) {
	const golden = parseGolden(files[`../../../engine/golden/${file}.json`]);
	const batch = goldenBatch(golden);
	const setup = await withAverages(backend, laneSetup(golden, analyse(golden.network)), batch);
	return { batch, setup };
}

let backend: Backend;
beforeAll(async () => {
	backend = await openBackend('wasm');
});

async function normsOf(setup: LaneSetup, batch: Batch, paths: readonly (readonly number[])[]) {
	const norms: number[] = [];
	for await (const norm of pathNorms(backend, setup, batch, paths)) norms.push(norm);
	return norms;
}

describe.each(expected)('where the gradient travels in $file', ({ file, blocks, paths, norms }) => {
	it('is what PyTorch finds in float64, block by block', async () => {
		const { batch, setup } = await opened(file);
		const found = (await blocksOf(backend, setup, batch)).filter((block) => block !== null);
		expect(found).toHaveLength(blocks.length);
		found.forEach((block, i) => {
			for (const pass of ['forward', 'backward'] as const)
				for (const term of ['shortcut', 'branch', 'sum'] as const)
					expectClose(block[pass][term], blocks[i][pass][term], `${pass} ${term} of ${i}`);
		});
	});

	it('is what PyTorch finds in float64, path by path', async () => {
		const { batch, setup } = await opened(file);
		const found = await normsOf(setup, batch, paths);
		expect(found).toHaveLength(norms.length);
		found.forEach((norm, i) => expectClose(norm, norms[i], `path ${paths[i].join()}`));
	});
});

function expectClose(found: number, wanted: number, what: string) {
	const error = found === wanted ? 0 : Math.abs(found - wanted) / wanted;
	expect(error, what).toBeLessThan(TOLERANCE);
}

it('the gradients by all paths add up to the whole gradient', async () => {
	const { batch, setup } = await opened('preactivation');
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
