/** Compares what a class score depends on with what PyTorch finds in float64, for tests on every backend. */
import { expect } from 'vitest';
import type { Batch } from '$lib/base/image';
import { createEngine, type Backend } from '$lib/engine';
import { goldenBatch, laneSetup, TOLERANCE, withAverages } from '$lib/engine/golden/golden';
import expected from '$lib/engine/golden/gradients/expected.json';
import { parseGolden } from '$lib/engine/golden/parse';
import { analyse } from '$lib/network';
import { lookInto } from './measure';
import { normOf } from './record';

const files = import.meta.glob('/src/lib/engine/golden/*.json', {
	eager: true,
	import: 'default'
});

export const ASKED = { other: null, untrained: false, block: 0, node: 'stem' };

/** The network of a golden file with its averages after one batch, as `scripts/golden_gradients.py` has it. */
export async function goldenNetwork(backend: Backend, file: string) {
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

/** Fails if the class activation maps or the gradients by the input of a golden file's images are not PyTorch's. */
export async function expectEvidence(
	backend: Backend,
	{ file, passes }: (typeof expected)[number]
) {
	const { setup, batch } = await goldenNetwork(backend, file);
	const pass = passes.find(({ scores }) => scores)!;
	const activations: number[] = [];
	const gradients: number[] = [];
	for (const [i, other] of pass.scores!.entries()) {
		const { evidence } = await lookInto(backend, setup, batch(i), { ...ASKED, other }, null);
		const { activation, gradient } = evidence.find(({ index }) => index === other)!;
		activations.push(...activation!.values);
		gradients.push(...gradient.values);
	}
	expectTold(activations, pass.activation!);
	expectTold(gradients, pass.nodes.input!.total);
}

function expectTold(values: readonly number[], [norm, dot]: readonly number[]) {
	const own = values.reduce((sum, x, i) => sum + x * Math.sin((i * i) % 1021), 0);
	expect(Math.abs(normOf(values) - norm) / norm).toBeLessThan(TOLERANCE);
	expect(Math.abs(own - dot) / norm).toBeLessThan(TOLERANCE);
}
