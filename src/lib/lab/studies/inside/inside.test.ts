import { beforeAll, describe, expect, it } from 'vitest';
import { ownBatch } from '$lib/data';
import { createEngine, openBackend, type Backend } from '$lib/engine';
import { analyse, blockParts, cifarNetwork, type CifarOptions } from '$lib/network';
import { channelOf, normOf, rangeOf, softmax } from './record';
import { lookInto } from './measure';

const PIXELS = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256);
const MANIFEST = { shape: [8, 8, 1], mean: [0.4], std: [0.3] } as const;

const ASKED = { other: null, untrained: false, block: 0, node: 'stem' };

let backend: Backend;
beforeAll(async () => {
	backend = await openBackend('cpu');
});

async function look(change: Partial<CifarOptions>, gates: number[], block: number, node: string) {
	const network = cifarNetwork({
		depth: 8,
		width: 2,
		size: 8,
		channels: 1,
		shortcut: 'A',
		activation: 'relu',
		norm: 'batch',
		initialisation: 'he',
		...change
	});
	const setup = { network, seed: 2, gates };
	const engine = await createEngine(backend, [setup]);
	const batch = ownBatch(PIXELS, MANIFEST, { halve: false });
	const state = await engine.state(0);
	const logits = await engine.logits(0, batch, false);
	engine.dispose();
	const found = await lookInto(backend, { ...setup, state }, batch, { ...ASKED, block, node }, 3);
	return { network, logits, found };
}

describe('looking into a network', () => {
	it('shows F(x) + gate · x as the sum, and their norms', async () => {
		const { found, logits } = await look({}, [0.5, 1, 1], 0, 'block1/add');
		const { input, shortcut, branch, sum, output, gate } = found.block!;
		expect(gate).toBe(0.5);
		expect(shortcut!.values).toEqual(input.values);
		for (const [i, f] of branch.values.entries()) {
			expect(sum!.values[i]).toBeCloseTo(f + 0.5 * input.values[i], 5);
			expect(output.values[i]).toBeCloseTo(Math.max(0, sum!.values[i]), 6);
		}
		const [norms] = found.norms;
		expect(norms.x).toBe(normOf(input.values));
		expect(norms.branch).toBe(normOf(branch.values));
		expect(norms.ratio).toBe(norms.branch / norms.x);
		expect(found.map!.shape).toEqual([4, 4, 4]);
		expect(found.probabilities).toEqual(softmax(logits));
		expect(found.filters.shape).toEqual([3, 3, 1, 2]);
	});

	it('compares F(x) with what it is added to, and a plain block only where shapes are equal', async () => {
		const residual = await look({}, [1, 1, 1], 1, 'stem');
		expect(residual.found.norms[1].x).toBe(normOf(residual.found.block!.shortcut!.values));
		expect(residual.found.norms.every(({ ratio }) => ratio !== null)).toBe(true);
		const plain = await look({ shortcut: 'none' }, [1, 1, 1], 1, 'stem');
		expect(plain.found.norms.map(({ ratio }) => ratio === null)).toEqual([false, true, true]);
		expect(plain.found.block).toMatchObject({ shortcut: null, sum: null });
	});

	it('leaves out what the network does not have', async () => {
		const { found } = await look({ shortcut: 'none' }, [1, 1, 1], 7, 'block0/add');
		expect(found.block).toBeNull();
		expect(found.map).toBeNull();
		expect(found.norms).toHaveLength(3);
	});

	it('reads the parts that the network has', async () => {
		const { network, found } = await look({ shortcut: 'B', order: 'pre' }, [1, 1, 1], 2, 'stem');
		expect(blockParts(analyse(network), 2).activation).toBeNull();
		expect(found.block!.output).toEqual(found.block!.sum);
	});
});

describe('what a class score depends on', () => {
	it('is told of the predicted and of the true class, or of one that is asked for', async () => {
		const { found } = await look({}, [1, 1, 1], 0, 'stem');
		const predicted = found.probabilities.indexOf(Math.max(...found.probabilities));
		expect(found.evidence.map(({ index }) => index)).toEqual([...new Set([predicted, 3])]);
		expect(found.evidence[0].gradient.shape).toEqual([8, 8, 1]);
		expect(found.untrained).toEqual([]);
	});
});

describe('numbers of a map', () => {
	const map = { shape: [1, 2, 3], values: Float32Array.of(1, 2, 3, -4, 5, 6) };
	it('are of one channel', () =>
		expect(channelOf(map, 0)).toEqual({ shape: [1, 2, 1], values: Float32Array.of(1, -4) }));
	it('have a range and a mean', () =>
		expect(rangeOf([1, -4])).toEqual({ min: -4, max: 1, mean: -1.5 }));
	it('have a norm', () => expect(normOf([3, 4])).toBe(5));
	it('of scores that are large become probabilities', () => {
		expect(softmax([1000, 1000])).toEqual([0.5, 0.5]);
		expect(softmax([0, NaN]).every(Number.isNaN)).toBe(true);
	});
});

it('an image of one’s own is standardised as those of the set', () => {
	const { images, shape } = ownBatch(PIXELS, MANIFEST, { halve: true });
	expect(shape).toEqual([1, 4, 4, 1]);
	const mean = (PIXELS[0] + PIXELS[1] + PIXELS[8] + PIXELS[9]) / 4 / 255;
	expect(images[0]).toBeCloseTo((mean - 0.4) / 0.3, 6);
});
