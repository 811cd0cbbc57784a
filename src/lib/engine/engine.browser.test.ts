import { beforeAll, describe, expect, it } from 'vitest';
import { cifarNetwork } from '$lib/network';
import { BACKENDS, createEngine, openBackend, type Batch } from '.';

const network = (shortcut: 'none' | 'A') =>
	cifarNetwork({
		depth: 8,
		width: 4,
		size: 8,
		channels: 1,
		shortcut,
		activation: 'relu',
		batchNorm: true,
		initialisation: 'he'
	});
const batch: Batch = {
	images: Float32Array.from({ length: 8 * 64 }, (_, i) => Math.sin((i * i) % 1021)),
	labels: Int32Array.from({ length: 8 }, (_, i) => i % 10),
	shape: [8, 8, 8, 1]
};
const recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };

describe.each(BACKENDS)('the engine on %s', (backend) => {
	beforeAll(async () => {
		const reason = await openBackend(backend);
		if (reason && reason.code !== 'half-precision') throw new Error(`${backend}: ${reason.code}`);
	});

	it('gains no tensor and no byte from step 10 to step 200, evaluation and cuts included', async () => {
		const engine = await createEngine([
			{ network: network('none'), seed: 1 },
			{ network: network('A'), seed: 1 }
		]);
		const steps = async (count: number) => {
			for (let i = 0; i < count; i++) {
				if (i % 10 === 0) engine.setGate(1, 1, (i / 10) % 2);
				await engine.step(batch, recipe);
			}
			await engine.evaluate(1, [batch]);
		};
		await steps(10);
		const before = engine.memory();
		await steps(190);
		expect(engine.memory()).toEqual(before);
		engine.dispose();
	});

	it('learns a batch by heart', async () => {
		const engine = await createEngine([{ network: network('A'), seed: 1 }]);
		const losses: number[] = [];
		for (let i = 0; i < 30; i++) losses.push((await engine.step(batch, recipe))[0]!.loss);
		expect(losses.at(-1)! / losses[0]).toBeLessThan(0.3);
		engine.dispose();
	});

	it('steps only the lanes that are active', async () => {
		const engine = await createEngine([
			{ network: network('none'), seed: 1 },
			{ network: network('A'), seed: 1 }
		]);
		const still = await engine.parameters(0);
		const [first, second] = await engine.step(batch, recipe, [false, true]);
		expect(first).toBeNull();
		expect(second!.loss).toBeGreaterThan(0);
		expect(await engine.parameters(0)).toEqual(still);
		engine.dispose();
	});
});
