import { expect, it } from 'vitest';
import { entry } from '$lib/base/entry';
import { createEngine, openBackend } from '$lib/engine';
import { goldenBatch, goldenCases, laneSetup, TOLERANCE } from '$lib/engine/golden/golden';
import { openPrecise } from '$lib/engine/testing/precise';
import { analyse, blockParts } from '$lib/network';
import expected from './expected.json';
import { takeApart } from './measure';

const goldens = new Map(
	goldenCases(
		import.meta.glob('./*.json', {
			base: '../../../engine/golden/',
			eager: true,
			import: 'default'
		})
	).map(({ name, golden }) => [name, golden])
);
const underway = { progress: () => {}, signal: new AbortController().signal };

const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'] as const;
// Software adapters are slow, so that they get the first file alone.
const cases = BACKENDS.flatMap((backend) =>
	(backend === 'cpu' || backend === 'wasm' ? expected : expected.slice(0, 1)).map((one) => ({
		backend,
		...one
	}))
);

/** The second step of a golden file, after a first one of the reference. */
async function secondStep({ file, backend: name, image }: (typeof cases)[number]) {
	const backend = await openPrecise(name);
	if (!backend) return null;
	const golden = entry(goldens, file);
	const network = analyse(golden.network);
	const { gates = [], ...setup } = laneSetup(golden, network);
	const batch = goldenBatch(golden);
	const engine = await createEngine(await openBackend('cpu'), [{ ...setup, gates }]);
	await engine.step(batch, { ...golden.recipe, step: 1 });
	const state = await engine.state(0);
	const recipe = { ...golden.recipe, step: 2 };
	const before = engine.memory().tensors;
	const lane = { ...setup, gates, state };
	const found = await takeApart(backend, lane, batch, recipe, image, underway);
	expect(engine.memory().tensors, 'tensors left').toBe(before);
	const [made] = await engine.step(batch, recipe);
	engine.dispose();
	return found && made && { network, gates, found, made };
}

it.each(cases)('PyTorch’s second step of $file on $backend', async (golden) => {
	const step = await secondStep(golden);
	if (!step) return;
	const { network, gates, found, made } = step;
	const { terms, gradients, outputs, kernels } = found.values;
	expectSame(found.loss, golden.loss, 'loss');
	expectSame(found.after, golden.after, 'loss after the update');
	const own = terms.filter((block) => block !== null);
	expect(own).toHaveLength(golden.blocks.length);
	own.forEach(({ shortcut, branch }, i) => {
		const { index } = network.blocks.filter((block) => block.shortcut)[i];
		const { input, sum } = blockParts(network, index);
		const wanted = golden.blocks[i];
		const what = `the gradient that comes back to block ${index}`;
		expectTold(shortcut?.values, wanted.shortcut, `${what} through the shortcut`);
		expectTold(branch?.values, wanted.branch, `${what} through the branch`);
		// What comes back to the input are the two terms and nothing else.
		const total = entry(gradients, input).values;
		expectTold(total, wanted.sum, what);
		total.forEach((value, at) => {
			const added = (shortcut?.values[at] ?? 0) + (branch?.values[at] ?? 0);
			expect(Math.abs(added - value)).toBeLessThanOrEqual(TOLERANCE * wanted.sum[0]);
		});
		// ∂(x + F)/∂x = 1 + ∂F/∂x: an open identity passes on what reaches the sum, unchanged.
		const identity =
			network.blocks[index].shortcut?.kind === 'identity' && (gates[index] ?? 1) === 1;
		if (identity) expect(shortcut?.values).toEqual(entry(gradients, sum!).values);
		expectSame(found.blocks[index]!.backward.sum, wanted.sum[0], 'its norm');
	});
	network.layers.forEach(({ id, kernel }, i) => {
		const wanted = golden.kernels[i];
		const { before, after, gradient } = entry(kernels, id);
		const { name } = network.parameters[kernel];
		expectTold(gradient, wanted.gradient, `gradient by ${name}`);
		expectTold(after.v, wanted.v, `velocity of ${name}`);
		expectTold(after.w, wanted.w, name);
		expect(after.w).not.toEqual(before.w);
		expectSame(found.kernelGradients[i], made.gradientNorms[kernel], 'that of the engine’s step');
		expectSame(found.updates[i], made.updateNorms[i], 'the engine’s update');
	});
	expect(outputs.size).toBe(found.outputs.length);
});

function expectSame(found: number, wanted: number, what: string) {
	expect(Math.abs(found - wanted) / wanted, what).toBeLessThan(TOLERANCE);
}

/** Compares a tensor's norm, and its dot product with a fixed vector with the norm, of which it may be a small part. */
function expectTold(values: Float32Array | undefined, [norm, dot]: number[], what: string) {
	let [squares, own] = [0, 0];
	values?.forEach((x, i) => {
		squares += x * x;
		own += x * Math.sin((i * i) % 1021);
	});
	// A closed gate lets nothing through.
	const scale = norm || 1;
	expect(Math.abs(Math.sqrt(squares) - norm) / scale, `norm of ${what}`).toBeLessThan(TOLERANCE);
	expect(Math.abs(own - dot) / scale, `direction of ${what}`).toBeLessThan(TOLERANCE);
}
