import { beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, type Backend } from '$lib/engine';
import { drawImages, drawWeights } from '$lib/engine/golden/draw';
import { TOLERANCE } from '$lib/engine/golden/golden';
import { readNetwork } from '$lib/engine/golden/parse';
import { openPrecise } from '$lib/engine/testing/precise';
import expected from './expected.json';
import { alongLine } from './measure';

describe.each(BACKENDS)('the gradient along a line on %s', (name) => {
	/** Null if webgl has only 16-bit floats. */
	let backend: Backend | null;
	beforeAll(async () => {
		backend = await openPrecise(name);
	});

	it.each(expected)('is PyTorch’s of $network, and so is its autocorrelation', async (wanted) => {
		if (!backend) return;
		const { points, seed, label } = wanted;
		const network = readNetwork(wanted.network, wanted.size);
		const weights = new Map(
			Object.entries(drawWeights(network, seed)).map(([id, { values }]) => [
				id,
				Float32Array.from(values)
			])
		);
		const ends = {
			images: Float32Array.from(drawImages(network, seed, 2).values),
			labels: Int32Array.of(label, 0),
			shape: [2, ...network.input] as const
		};
		const found = await alongLine(backend, { network, seed, weights }, ends, points);
		const scale = Math.max(...wanted.slopes.map(Math.abs));
		expectClose(found.slopes, wanted.slopes, scale, 'slope at point');
		expectClose(found.correlation, wanted.correlation, 1, 'autocorrelation at lag');
	});
});

function expectClose(
	found: readonly number[],
	wanted: readonly number[],
	scale: number,
	what: string
) {
	expect(found).toHaveLength(wanted.length);
	found.forEach((value, i) =>
		expect(Math.abs(value - wanted[i]) / scale, `${what} ${i}`).toBeLessThan(TOLERANCE)
	);
}
