import type { Batch } from '$lib/base/image';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FAMILIES, MINI_NAMES, networkOf, type NetworkSpec } from '$lib/network';
import type { LaneSetup } from './engine';
import { openBackend } from './tfjs/backend';
import { TfjsEngine } from './tfjs/engine';
import { bytesOf } from './wasm/engine';
import { WasmLane } from './wasm/lane';
import { WasmModule } from './wasm/module';
import { MapPool } from './wasm/places';
import { compile } from './plan/compile';
import { WebGlEngine } from './webgl/engine';
import { WebGpuEngine } from './webgpu/engine';

const IMAGES = 4;
const SIZE = 16;
const NAMES = ['cifar', ...MINI_NAMES] as const;
type Name = (typeof NAMES)[number];

function setupOf(family: Name): LaneSetup {
	const options = { ...FAMILIES[family].defaults, width: 4, size: SIZE, channels: 1 };
	return { network: networkOf({ family, options } as NetworkSpec), seed: 1 };
}

/** Two networks, which share maps. */
const setupsOf = (family: Name) => [setupOf(family), setupOf('cifar')];

const BATCH: Batch = {
	images: Float32Array.from({ length: IMAGES * SIZE * SIZE }, (_, i) => Math.cos(i)),
	labels: Int32Array.from({ length: IMAGES }, (_, i) => i % 10),
	shape: [IMAGES, SIZE, SIZE, 1]
};
const RECIPE = { learningRate: 0.01, momentum: 0.9, weightDecay: 0 };

/** Answers every call and every property, if not by `known`, with another of its kind. */
const anything = (known: object): never =>
	new Proxy(() => {}, {
		get: (_, key) =>
			key in known ? known[key as never] : key === 'then' ? undefined : anything({}),
		apply: () => anything({})
	}) as never;

describe('the bytes that are told before they are taken, of every family', () => {
	beforeAll(() => {
		for (const name of ['GPUBufferUsage', 'GPUShaderStage', 'GPUMapMode'])
			vi.stubGlobal(name, { STORAGE: 1, COPY_DST: 2, COPY_SRC: 4, UNIFORM: 8, MAP_READ: 16 });
	});
	afterAll(() => void vi.unstubAllGlobals());

	it.each(NAMES)('are those that wasm takes for %s', (family) => {
		const setups = setupsOf(family);
		const plans = setups.map(({ network }) => compile(network));
		const module = new WasmModule({} as never, new WebAssembly.Memory({ initial: 1 }), 65_536);
		const lanes = setups.map((setup, i) => new WasmLane(setup, plans[i], module));
		const pool = new MapPool(module, IMAGES);
		for (const lane of lanes) lane.layOut(pool);
		expect(bytesOf(plans, IMAGES)).toBe(module.used.bytes);
	});

	it.each(NAMES)('are those that webgpu takes for %s, two steps in flight', async (family) => {
		let taken = 0;
		const device = anything({
			adapterInfo: { architecture: '', description: '' },
			limits: { maxStorageBufferBindingSize: 2 ** 31, maxBufferSize: 2 ** 31 },
			popErrorScope: async () => null,
			createComputePipelineAsync: async () => ({}),
			createBuffer({ size }: { size: number }) {
				taken += size;
				const getMappedRange = () => new ArrayBuffer(size);
				const mapAsync = () => new Promise((resolve) => setTimeout(resolve));
				return anything({ size, mapAsync, getMappedRange });
			}
		});
		const engine = new WebGpuEngine(setupsOf(family), device);
		const told = engine.bytesFor(IMAGES);
		await engine.prepare(IMAGES);
		await Promise.all([engine.step(BATCH, RECIPE), engine.step(BATCH, RECIPE)]);
		await Promise.all([engine.state(0), engine.state(1)]);
		expect(told).toBe(taken);
	});

	// Our programs on webgl lack convolutions in groups.
	it.each(NAMES.filter((name) => name !== 'resnext-mini'))(
		'are those that webgl takes for %s',
		async (family) => {
			let taken = 0;
			const gl = anything({
				getParameter: () => 16_384,
				getExtension: () => null,
				getError: () => 0,
				isContextLost: () => false,
				texStorage3D(...[, , , width, height, layers]: number[]) {
					taken += width * height * layers * 16;
				}
			});
			const backend = anything({ gpgpu: { gl, setProgram() {} } });
			const engine = new WebGlEngine(setupsOf(family), backend);
			const told = engine.bytesFor(IMAGES);
			await engine.prepare(IMAGES);
			expect(told).toBe(taken);
		}
	);

	it.each(NAMES)('are at least those that tfjs takes for %s', async (family) => {
		const engine = new TfjsEngine(await openBackend('cpu'), [setupOf(family)]);
		const { state } = tf.engine();
		let [now, most] = [state.numBytes, 0];
		Object.defineProperty(state, 'numBytes', {
			configurable: true,
			get: () => now,
			set(bytes: number) {
				now = bytes;
				most = Math.max(most, bytes);
			}
		});
		await engine.step(BATCH, RECIPE);
		const told = engine.bytesFor(IMAGES);
		engine.dispose();
		expect(now).toBe(0);
		expect(told).toBeGreaterThan(most);
		expect(told).toBeLessThan(1.6 * most);
	});
});
