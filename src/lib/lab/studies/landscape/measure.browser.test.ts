import type { Batch } from '$lib/base/image';
import { expect, it } from 'vitest';
import { createEngine, openBackend } from '$lib/engine';
import { CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import type { LandscapeRecord } from './record';
import { landscapesOf } from './measure';

const batch: Batch = {
	images: Float32Array.from({ length: 8 * 64 }, (_, i) => Math.sin((i * i) % 1021)),
	labels: Int32Array.from({ length: 8 }, (_, i) => i % 10),
	shape: [8, 8, 8, 1]
};

it('the centre of every grid is the loss of the present weights, and nothing else moves them', async () => {
	const backend = await openBackend('wasm');
	const networks = (['none', 'A'] as const).map((shortcut) =>
		cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, width: 4, size: 8, channels: 1, shortcut })
	);
	const engine = await createEngine(
		backend,
		networks.map((network) => ({ network, seed: 1 }))
	);
	for (let i = 0; i < 5; i++)
		await engine.step(batch, { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 });
	const states = await Promise.all([0, 1].map((lane) => engine.state(lane)));
	const losses = await Promise.all(
		[0, 1].map(async (lane) => (await engine.evaluate(lane, [batch])).loss)
	);
	const told: LandscapeRecord[] = [];
	let points = 0;
	let enough = new AbortController();
	const measure = (signal: AbortSignal) =>
		landscapesOf(
			backend,
			{ seed: 4, span: 0.5, finest: 9 },
			5,
			networks.map((network, lane) => ({ lane, setup: { network, seed: 1, state: states[lane] } })),
			[batch],
			{
				found: (record) => void told.push(record),
				progress: (done) => {
					points = done;
					if (points === 25 && told.length > 0) enough.abort();
				},
				signal
			}
		);
	await measure(new AbortController().signal);
	expect(told.map(({ lane, size }) => [lane, size])).toEqual([
		[0, 5],
		[1, 5],
		[0, 9],
		[1, 9]
	]);
	expect(points).toBe(81);
	for (const { lane, losses: found } of told)
		expect(found[(found.length - 1) / 2]).toBeCloseTo(losses[lane], 3);
	const [coarse, , fine] = told;
	expect(fine.losses.filter((_, i) => i % 2 === 0 && Math.floor(i / 9) % 2 === 0)).toEqual(
		coarse.losses
	);
	expect(new Set(fine.losses).size).toBeGreaterThan(70);
	expect(await engine.state(0)).toEqual(states[0]);

	// Cancelled after the first grid: that one is kept.
	told.length = 0;
	enough = new AbortController();
	await measure(enough.signal);
	expect(told.map(({ size }) => size)).toEqual([5, 5]);
	engine.dispose();
});
