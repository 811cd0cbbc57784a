import type { Batch } from '$lib/base/image';
import { WasmEngine } from './wasm/engine';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import {
	BACKENDS,
	createEngine,
	firstNotFinite,
	initialParameters,
	MemoryError,
	openBackend,
	OPTIMISERS,
	type Backend,
	type Engine
} from '.';

const network = (shortcut: 'none' | 'A') =>
	cifarNetwork({
		depth: 8,
		width: 4,
		size: 8,
		channels: 1,
		shortcut,
		activation: 'relu',
		norm: 'batch',
		initialisation: 'he'
	});
const batch: Batch = {
	images: Float32Array.from({ length: 8 * 64 }, (_, i) => Math.sin((i * i) % 1021)),
	labels: Int32Array.from({ length: 8 }, (_, i) => i % 10),
	shape: [8, 8, 8, 1]
};
const recipe = { learningRate: 0.03, momentum: 0.9, weightDecay: 1e-4 };

/** The workers that are started from now on, until globals are unstubbed. */
function startedWorkers(): Worker[] {
	const started: Worker[] = [];
	vi.stubGlobal(
		'Worker',
		class extends Worker {
			constructor(...how: ConstructorParameters<typeof Worker>) {
				super(...how);
				started.push(this);
			}
		}
	);
	return started;
}

describe.each(BACKENDS)('the engine on %s', (name) => {
	let backend: Backend;
	beforeAll(async () => {
		backend = await openBackend(name);
	});

	// Software adapters and loops over arrays are slow; what a step leaves behind shows after a few.
	const many = { wasm: 2000, webgpu: 100, webgl: 100, cpu: 60 }[name];

	it(`gains no tensor and no byte from step 10 to step ${many}, evaluation and cuts included`, async () => {
		const engine = await createEngine(backend, [
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
		await steps(many - 10);
		expect(engine.memory()).toEqual(before);
		engine.dispose();
	});

	it.runIf(name === 'wasm' || name === 'webgpu')(
		'refuses a network that does not fit, with the size and what to lower',
		async () => {
			const large = cifarNetwork({
				...CIFAR_DEFAULTS,
				depth: 110,
				width: 16,
				size: 32,
				channels: 3
			});
			const engine = await createEngine(backend, [{ network: large, seed: 1 }]);
			const before = engine.memory();
			const refused = await engine.prepare(32768).catch((error: unknown) => error);
			expect(refused).toBeInstanceOf(MemoryError);
			expect((refused as MemoryError).needed).toBeGreaterThan(1e11);
			expect((refused as MemoryError).message).toMatch(/need \d+ MB .*: lower the depth/);
			expect(engine.memory().bytes).toBeLessThan(before.bytes + 1e6);
			engine.dispose();
		}
	);

	it('learns a batch by heart', async () => {
		const engine = await createEngine(backend, [{ network: network('A'), seed: 1 }]);
		const losses: number[] = [];
		for (let i = 0; i < 30; i++) losses.push((await engine.step(batch, recipe))[0]!.loss);
		expect(losses.at(-1)! / losses[0]).toBeLessThan(0.3);
		engine.dispose();
	});

	it('steps only the lanes that are active', async () => {
		const engine = await createEngine(backend, [
			{ network: network('none'), seed: 1 },
			{ network: network('A'), seed: 1 }
		]);
		const still = (await engine.state(0)).parameters;
		const [first, second] = await engine.step(batch, recipe, [false, true]);
		expect(first).toBeNull();
		expect(second!.loss).toBeGreaterThan(0);
		expect((await engine.state(0)).parameters).toEqual(still);
		engine.dispose();
	});

	it('goes on from a state as if nothing had happened', async () => {
		const setup = { network: network('A'), seed: 1, gates: [1, 0, 1] };
		const engine = await createEngine(backend, [setup]);
		for (let i = 0; i < 3; i++) await engine.step(batch, recipe);
		const state = await engine.state(0);
		const resumed = await createEngine(backend, [{ ...setup, state }]);
		const after = async (e: typeof engine) => [
			await e.step(batch, recipe),
			await e.step(batch, recipe),
			await e.evaluate(0, [batch]),
			await e.state(0)
		];
		expect(await after(resumed)).toEqual(await after(engine));
		engine.dispose();
		resumed.dispose();
	});

	it.each(OPTIMISERS)(
		'takes a state in the place of its own, halted or not, and goes on from it bit for bit (%s)',
		async (optimiser) => {
			const weights = new Map(initialParameters(network('A'), 1));
			weights.set(
				'stem/kernel',
				weights.get('stem/kernel')!.map(() => NaN)
			);
			const setup = { network: network('A'), seed: 1 };
			const engine = await createEngine(backend, [setup, { ...setup, weights }]);
			const step = (i: number) => engine.step(batch, { ...recipe, optimiser, step: i });
			for (let i = 1; i <= 3; i++) await step(i);
			const state = await engine.state(0);
			await engine.load(1, state);
			for (let i = 4; i <= 5; i++) {
				const [first, second] = await step(i);
				expect(second).toEqual(first);
			}
			expect(await engine.state(1)).toEqual(await engine.state(0));
			expect(await engine.evaluate(1, [batch])).toEqual(await engine.evaluate(0, [batch]));
			await engine.load(0, state);
			expect(await engine.state(0)).toEqual(state);
			const short = new Map(state.parameters).set('dense/bias', new Float32Array(3));
			const wrong = { ...state, parameters: short };
			await expect(engine.load(0, wrong)).rejects.toThrow(
				'dense/bias: expected 10 values, received 3'
			);
			expect(await engine.state(0)).toEqual(state);
			engine.dispose();
		}
	);

	it('answers steps in order that were asked for at once', async () => {
		const engine = await createEngine(backend, [{ network: network('A'), seed: 1 }]);
		const start = await engine.state(0);
		const run = async (together: boolean) => {
			await engine.load(0, start);
			const steps = [];
			for (let i = 0; i < 4; i++) {
				const step = engine.step(batch, recipe);
				steps.push(step);
				if (!together) await step;
			}
			return (await Promise.all(steps)).map(([lane]) => lane!.loss);
		};
		expect(await run(true)).toEqual(await run(false));
		engine.dispose();
	});

	it.runIf(name === 'wasm')('trains on threads as on one, bit for bit', async () => {
		const setups = (['none', 'A', 'A'] as const).map((shortcut, seed) => ({
			network: network(shortcut),
			seed
		}));
		const run = async (engine: Engine) => {
			const told: unknown[] = [await engine.step(batch, recipe)];
			engine.setGate(2, 0, 0);
			told.push(await engine.step(batch, recipe, [true, false, true]));
			for (const lane of setups.keys())
				told.push(
					await engine.evaluate(lane, [batch]),
					await engine.logits(lane, batch, true),
					await engine.state(lane)
				);
			engine.dispose();
			return told;
		};
		const threads = await createEngine(backend, setups);
		expect(threads).not.toBeInstanceOf(WasmEngine);
		expect(await run(threads)).toEqual(await run(await WasmEngine.create(setups)));
	});

	it.runIf(name === 'wasm')(
		'trains one lane on two threads as on one, bit for bit, and alone when the other has ended',
		async () => {
			expect(crossOriginIsolated).toBe(true);
			const started = startedWorkers();
			// Large enough to be shared.
			const options = { ...CIFAR_DEFAULTS, depth: 8, width: 16, size: 32, channels: 3 };
			const setup = { network: cifarNetwork(options), seed: 1 };
			const batch: Batch = {
				images: Float32Array.from({ length: 8 * 3072 }, (_, i) => Math.sin((i * i) % 1021)),
				labels: Int32Array.from({ length: 8 }, (_, i) => i),
				shape: [8, 32, 32, 3]
			};
			const two = await WasmEngine.create([setup], 2);
			vi.unstubAllGlobals();
			const one = await WasmEngine.create([setup]);
			const same = async () =>
				expect(await two.step(batch, recipe)).toEqual(await one.step(batch, recipe));
			for (let i = 0; i < 50; i++) {
				await same();
				// The helper cannot start while the page computes.
				await new Promise((resolve) => setTimeout(resolve));
			}
			started[0].terminate();
			// It must not end within a part.
			await new Promise((resolve) => setTimeout(resolve, 100));
			for (let i = 0; i < 5; i++) await same();
			expect(await two.evaluate(0, [batch])).toEqual(await one.evaluate(0, [batch]));
			expect(await two.state(0)).toEqual(await one.state(0));
			two.dispose();
		}
	);

	it.runIf(name === 'wasm')('tells when a thread has ended', async () => {
		const started = startedWorkers();
		const setups = [1, 2].map((seed) => ({ network: network('A'), seed }));
		try {
			const lost = new Promise<string>((resolve) => {
				void createEngine(backend, setups, resolve).then(() => started[1].terminate());
			});
			expect(await lost).toBe('a thread ended');
		} finally {
			vi.unstubAllGlobals();
			started.forEach((worker) => worker.terminate());
		}
	});

	it('makes no update when a norm is not finite, and names the layer where it began', async () => {
		const weights = new Map(initialParameters(network('A'), 1));
		weights.set(
			'block2/conv1/kernel',
			weights.get('block2/conv1/kernel')!.map(() => 3e38)
		);
		const setup = { network: network('A'), seed: 1, weights };
		const engine = await createEngine(backend, [setup, { network: network('A'), seed: 1 }]);
		const before = await engine.state(0);
		const [broken, sound] = await engine.step(batch, recipe);
		expect([...broken!.gradientNorms].every(Number.isFinite)).toBe(false);
		expect(sound!.loss).toBeLessThan(10);
		await engine.step(batch, recipe);
		const { parameters, velocities } = await engine.state(0);
		expect({ parameters, velocities }).toEqual({
			parameters: before.parameters,
			velocities: before.velocities
		});
		const state = await engine.state(0);
		expect(await firstNotFinite({ ...setup, state }, batch)).toEqual({
			node: 'block2/conv1',
			pass: 'forward'
		});
		engine.dispose();
	});
});
