/** Runs the formulas as printed in every language on its backend, and compares them with the same formulas in 64 bits. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { ACTIVATIONS, type Activation } from '$lib/network';
import { openBackend } from '..';
import { updateConstants, type UpdateConstants } from '../optimiser';
import { DeviceOps, update } from '../tfjs/device';
import { loadModule } from '../wasm/module';
import * as glHead from '../webgl/head';
import * as gl from '../webgl/layout';
import { Textures } from '../webgl/memory';
import { Programs } from '../webgl/programs';
import { Readbacks } from '../webgl/readback';
import * as gpuHead from '../webgpu/head';
import { bind } from '../webgpu/programs';
import * as gpu from '../webgpu/shader';
import { ACTIVATION_FORMULAS, activationCode } from './activations';
import { OPTIMISER_RULES, OPTIMISERS } from './optimisers';
import { NUMBERS } from './terms';

/** The clip factor used in these tests. */
const FACTOR = 0.5;

interface Weights {
	w: Float32Array;
	v: Float32Array;
	s: Float32Array;
}

/** Runs the printed formulas on the given numbers, whose count is a multiple of 1024. */
interface Backend {
	/** Computes the activation of x, and the gradient dy · f′ for the output y. */
	activate(
		kind: Activation,
		x: Float32Array,
		dy: Float32Array,
		y: Float32Array
	): Promise<[value: Float32Array, gradient: Float32Array]>;
	/** Makes one optimiser step; multiplies `g` by `FACTOR` first. */
	update(weights: Weights, g: Float32Array, constants: UpdateConstants): Promise<Weights>;
}

async function assemblyScript(): Promise<Backend> {
	const module = await loadModule();
	const put = (values: Float32Array) => {
		const pointer = module.allocate(values.byteLength);
		module.floats(pointer, values.length).set(values);
		return pointer;
	};
	return {
		async activate(kind, x, dy, y) {
			const activation = activationCode(kind);
			// A map of one row and four channels, with an identity scale and shift.
			const map = { channels: 4, images: 1, rows: 1, columns: x.length / 4, image: 0, row: 0 };
			const zeros = put(new Float32Array(4));
			const ones = put(new Float32Array(4).fill(1));
			const [from, to] = [put(x), put(x)];
			const none = { shortcut: 0, gate: 0, sChannels: 0, sImage: 0, sRow: 0, sColumn: 0 };
			const vectors = { centre: zeros, factor: ones };
			module.kernel('combine', {
				...{ y: from, z: to, ...vectors, shift: zeros, activation },
				...map,
				...none
			})();
			const [at, dz] = [put(y), put(dy)];
			const scratch = put(x);
			module.kernel('combineGrad', {
				...{
					dz,
					z: at,
					y: scratch,
					dy: scratch,
					...vectors,
					offset: zeros,
					slope: zeros,
					activation
				},
				...map,
				...{ accumulate: 0, keep: 1, gate: 1 }
			})();
			return [module.floats(to, x.length).slice(), module.floats(dz, x.length).slice()];
		},
		async update({ w, v, s }, g, { code, learningRate, momentum, weightDecay, correction }) {
			const at = [w, v, s, g].map(put);
			module.kernel('update', {
				...{ w: at[0], v: at[1], s: at[2], g: at[3], count: w.length },
				...{ optimiser: code, learningRate, momentum, weightDecay, correction, factor: FACTOR }
			})();
			const [W, V, S] = at.map((pointer) => module.floats(pointer, w.length).slice());
			return { w: W, v: V, s: S };
		}
	};
}

async function wgsl(): Promise<Backend> {
	const { device } = (await openBackend('webgpu')).tfjs as WebGPUBackend;
	const { COPY_DST, COPY_SRC, MAP_READ, STORAGE, UNIFORM } = GPUBufferUsage;
	const buffer = (values: Float32Array | Uint32Array, usage = STORAGE) => {
		const made = device.createBuffer({
			size: values.byteLength,
			usage: usage | COPY_DST | COPY_SRC
		});
		device.queue.writeBuffer(made, 0, values as Float32Array<ArrayBuffer>);
		return made;
	};
	async function run(shader: gpu.Shader, buffers: Record<string, GPUBuffer>, wanted: string[]) {
		const [{ pipeline, bindings, workgroups }] = await bind(device, [{ ...shader, buffers }], {});
		const encoder = device.createCommandEncoder();
		const pass = encoder.beginComputePass();
		pass.setPipeline(pipeline);
		pass.setBindGroup(0, bindings);
		pass.dispatchWorkgroups(...(typeof workgroups === 'function' ? workgroups(1) : workgroups));
		pass.end();
		const copies = wanted.map((name) => {
			const { size } = buffers[name];
			const copy = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
			encoder.copyBufferToBuffer(buffers[name], 0, copy, 0, size);
			return copy;
		});
		device.queue.submit([encoder.finish()]);
		return Promise.all(
			copies.map(async (copy) => {
				await copy.mapAsync(GPUMapMode.READ);
				return new Float32Array(copy.getMappedRange().slice(0));
			})
		);
	}
	const step = (words: Float32Array) => buffer(words, UNIFORM);
	return {
		async activate(kind, x, dy, y) {
			const shader = gpu.shader(gpu.linear(x.length / 4), {
				buffers: { x: 'rw', dy: 'rw', y: 'r' },
				declarations: gpu.activation(kind) + gpu.activationGradient(kind),
				main: `
	x[id.x] = activate(x[id.x]);
	dy[id.x] = activateGradient(dy[id.x], y[id.x]);`
			});
			const words = new Float32Array(gpu.STEP_WORDS);
			const buffers = { step: step(words), x: buffer(x), dy: buffer(dy), y: buffer(y) };
			const [value, gradient] = await run(shader, buffers, ['x', 'dy']);
			return [value, gradient];
		},
		async update({ w, v, s }, g, { code, learningRate, momentum, weightDecay, correction }) {
			const words = new Float32Array(gpu.STEP_WORDS);
			words.set([learningRate, momentum, weightDecay], 2);
			new Uint32Array(words.buffer)[5] = code;
			words.set([correction, 1], 6);
			const control = new Float32Array([0, FACTOR]);
			const places = new Uint32Array(2 * w.length).fill(gpuHead.NOWHERE);
			const buffers = {
				...{
					step: step(words),
					places: buffer(places),
					kernels: buffer(w),
					control: buffer(control)
				},
				...{ values: buffer(w), velocities: buffer(v), squares: buffer(s), gradients: buffer(g) }
			};
			const shader = gpuHead.updateShader({ count: w.length, move: true });
			const after = ['values', 'velocities', 'squares'];
			const [W, V, S] = await run(shader, buffers, after);
			return { w: W, v: V, s: S };
		}
	};
}

async function glsl(): Promise<Backend> {
	const { gpgpu } = (await openBackend('webgl')).tfjs as MathBackendWebGL;
	const context = gpgpu.gl as unknown as WebGL2RenderingContext;
	const textures = new Textures(context);
	const programs = new Programs(context);
	const readbacks = new Readbacks(context, programs);
	const step = { images: 1, training: true };
	const put = (values: Float32Array) => {
		const texture = textures.flat(values.length / 4);
		textures.write(texture, values);
		return texture;
	};
	return {
		async activate(kind, x, dy, y) {
			const code = `
${gl.activation(kind)}
${gl.activationGradient(kind)}
void main() {
	ivec3 at = ivec3(gl_FragCoord.xy, 0);
	out0 = activate(texelFetch(x, at, 0));
	out1 = activateGradient(texelFetch(dy, at, 0), texelFetch(y, at, 0));
}`;
			const [value, gradient] = [put(x), put(x)];
			const inputs = { x: put(x), dy: put(dy), y: put(y) };
			const targets = [value, gradient];
			programs.run(await programs.ready([{ code, inputs, targets }]), step);
			return [await readbacks.read(value), await readbacks.read(gradient)];
		},
		async update({ w, v, s }, g, update) {
			const inputs = {
				...{ values: put(w), velocities: put(v), squares: put(s), gradients: put(g) },
				halted: put(new Float32Array(1024).fill(FACTOR).fill(0, 0, 1))
			};
			const targets = [put(w), put(w), put(w), put(w)];
			const draw = { code: glHead.updateShader(), inputs, targets };
			programs.run(await programs.ready([draw]), { ...step, update });
			const [W, V, S] = await Promise.all(targets.map((texture) => readbacks.read(texture)));
			return { w: W, v: V, s: S };
		}
	};
}

async function tensors(): Promise<Backend> {
	await tf.setBackend('cpu');
	const ops = new DeviceOps();
	const four = (values: Float32Array) => tf.tensor4d(values, [1, 1, values.length, 1]);
	return {
		async activate(kind, x, dy, y) {
			const value = ops.activation(four(x), kind);
			const gradient = ops.activationGradient(four(dy), four(y), kind);
			return [await value.data<'float32'>(), await gradient.data<'float32'>()];
		},
		async update({ w, v, s }, g, constants) {
			const weight = { w: four(w), v: four(v), s: four(s) };
			const after = update(weight, four(g), constants, FACTOR);
			const read = (tensor: tf.Tensor) => tensor.data<'float32'>();
			return { w: await read(after.w), v: await read(after.v), s: await read(after.s!) };
		}
	};
}

const COUNT = 1024;
const EDGES = [0, 1e-38, 1e-20, 1e-3, 1, 14.99, 15.01, 88, 104, 1e10, 3e38];

/** Edge cases of both signs, then random values with magnitudes from 1e-8 to 1e2. */
function draws(seed: number): Float32Array {
	const random = xoroshiro128plus(seed);
	const draw = () => uniformFloat64(random);
	return Float32Array.from({ length: COUNT }, (_, i) => {
		const size = i < 2 * EDGES.length ? EDGES[i >> 1] : 10 ** (2 - 10 * draw());
		return i % 2 ? -size : size;
	});
}

/** 32-bit numbers below 2⁻¹²⁶ may be flushed to 0, also before Adam divides them by its ε of 1e-8. */
const FLUSHED = 2 ** -126 / 1e-8;

/** Expects equality up to the rounding of 32-bit intermediate results of size `scale`. */
function expectClose(found: Float32Array, expected: readonly number[], scale: ArrayLike<number>) {
	for (const [i, value] of expected.entries()) {
		const most = 1e-5 * Math.abs(value) + 2e-6 * Math.abs(scale[i]) + FLUSHED;
		if (!(Math.abs(found[i] - value) <= most))
			expect.fail(`[${i}]: ${found[i]} instead of ${value}`);
	}
}

describe.each(
	Object.entries({ assemblyScript, wgsl, glsl, tensors }) as [string, () => Promise<Backend>][]
)('%s', (language, open) => {
	it.each(ACTIVATIONS)('computes %s and its gradient', async (kind) => {
		const { value, gradient } = ACTIVATION_FORMULAS[kind];
		const backend = await open();
		const [x, dy] = [draws(1), draws(2).map((d) => Math.max(-1e6, Math.min(1e6, d)))];
		const values = Array.from(x, (one) => value(NUMBERS, one));
		const y = Float32Array.from(values);
		const [found, slope] = await backend.activate(kind, x, dy, y);
		expectClose(found, values, new Float32Array(COUNT).fill(1));
		expectClose(
			slope,
			Array.from(dy, (one, i) => gradient(NUMBERS, one, y[i])),
			dy
		);
		// A graphics card's exp and tanh may assume that every number is finite.
		if (/sl$/.test(language) && !/relu/.test(kind)) return;
		const nothing = new Float32Array(COUNT).fill(NaN);
		const [passed] = await backend.activate(kind, nothing, dy, y);
		expect(passed.every(Number.isNaN)).toBe(true);
	});

	it.each(OPTIMISERS)('makes three steps of %s', async (optimiser) => {
		const backend = await open();
		const small = (values: Float32Array) => values.map((x) => Math.max(-1e4, Math.min(1e4, x)));
		const start = small(draws(3));
		let state: Weights = { w: start, v: new Float32Array(COUNT), s: new Float32Array(COUNT) };
		for (let step = 1; step <= 3; step++) {
			const recipe = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, optimiser, step };
			const constants = updateConstants(recipe);
			const before = state;
			const g = small(draws(3 + step));
			state = await backend.update(before, g, constants);
			const expected = Array.from(g, (one, i) => {
				const [w, v, s] = [before.w[i], before.v[i], before.s[i]];
				const operands = { ...constants, w, v, s, g: FACTOR * one };
				const after = OPTIMISER_RULES[optimiser].update(NUMBERS, operands);
				return { w: w - after.change, v: after.v, s: after.s ?? s };
			});
			const size = before.w.map((w, i) => Math.max(Math.abs(w), Math.abs(g[i])));
			for (const part of ['w', 'v', 's'] as const)
				expectClose(
					state[part],
					expected.map((after) => after[part]),
					part === 's' ? size.map((x) => x * x) : size
				);
		}
	});
});
