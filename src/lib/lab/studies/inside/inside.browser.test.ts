import { beforeAll, describe, expect, it } from 'vitest';
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import { BACKENDS, createEngine, type Backend } from '$lib/engine';
import { goldenBatch, laneSetup, TOLERANCE, withAverages } from '$lib/engine/golden/golden';
import expected from '$lib/engine/golden/gradients/expected.json';
import { parseGolden } from '$lib/engine/golden/parse';
import { openPrecise } from '$lib/engine/testing/precise';
import { analyse } from '$lib/network';
import { lookInto } from './measure';
import { normOf, rangeOf } from './record';

const files = import.meta.glob('/src/lib/engine/golden/*.json', {
	eager: true,
	import: 'default'
});

describe.each(BACKENDS)('what a class score depends on, on %s', (name) => {
	/** Null if webgl has only 16-bit floats. */
	let backend: Backend | null;
	beforeAll(async () => {
		backend = await openPrecise(name);
	});
	// Software adapters are slow, so that they get the smallest file alone.
	const isSoftware = name === 'webgl' || name === 'webgpu';

	it.each(isSoftware ? expected.filter(({ file }) => file === 'preactivation') : expected)(
		'is what PyTorch finds in float64: $file',
		async ({ file, passes }) => {
			if (!backend) return;
			const { setup, batch, scores } = await golden(backend, file);
			const pass = passes.find((one) => one.scores)!;
			const activations: number[] = [];
			const gradients: number[] = [];
			for (const [i, other] of pass.scores!.entries()) {
				const asked = { other, untrained: i === 0, block: 0, node: 'stem' };
				const { evidence, untrained } = await lookInto(backend, setup, batch(i), asked, null);
				const { activation, gradient } = evidence.find(({ index }) => index === other)!;
				activations.push(...activation!.values);
				gradients.push(...gradient.values);
				if (i > 0) continue;
				// The score of the first image is the mean of its class activation map, and the bias.
				const bias = entry(setup.state.parameters, 'dense/bias')[other];
				expect(rangeOf(activation!.values).mean + bias).toBeCloseTo(scores[other], 5);
				const classes = evidence.map(({ index }) => index);
				expect(untrained.map(({ index }) => index)).toEqual(classes);
				expect(untrained[0].gradient).not.toEqual(evidence[0].gradient);
			}
			expectTold(activations, pass.activation!);
			expectTold(gradients, pass.nodes.input!.total);
		}
	);
});

/** The network of a golden file with its averages after one batch, as `scripts/golden_gradients.py` has it. */
async function golden(backend: Backend, file: string) {
	const own = parseGolden(files[`/src/lib/engine/golden/${file}.json`]);
	const whole = goldenBatch(own);
	const setup = await withAverages(backend, laneSetup(own, analyse(own.network)), whole);
	const engine = await createEngine(backend, [setup]);
	const scores = (await engine.logits(0, whole, false)).slice(0, own.network.classes);
	engine.dispose();
	const [count, ...shape] = whole.shape;
	const size = whole.images.length / count;
	const batch = (i: number): Batch => ({
		images: whole.images.slice(i * size, (i + 1) * size),
		labels: whole.labels.slice(i, i + 1),
		shape: [1, ...shape]
	});
	return { setup: { ...setup, gates: setup.gates ?? [] }, batch, scores };
}

function expectTold(values: readonly number[], [norm, dot]: readonly number[]) {
	const own = values.reduce((sum, x, i) => sum + x * Math.sin((i * i) % 1021), 0);
	expect(Math.abs(normOf(values) - norm) / norm).toBeLessThan(TOLERANCE);
	expect(Math.abs(own - dot) / norm).toBeLessThan(TOLERANCE);
}
