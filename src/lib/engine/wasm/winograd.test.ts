import { readFileSync } from 'node:fs';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import { compile } from '../plan/compile';
import type { Convolution } from '../plan/plan';
import { convBackwardInput, convBackwardKernel, convForward } from './convolution';
import type { Kernels } from './kernels';
import { MOST, WasmModule } from './module';
import { MapPool, type Place } from './places';
import { laidOut, lasting, type Dispatch, type Resources } from './resources';
import { isWinograd } from './winograd';

let compiled: WebAssembly.Module;
beforeAll(async () => {
	compiled = await WebAssembly.compile(
		readFileSync(new URL('./build/kernels.wasm', import.meta.url))
	);
});

/** A lane laid out for batches of `images`; all its memory for transforms holds NaN. */
async function laneOf(options: { width: number; size: number }, images: number) {
	const network = cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, ...options });
	const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST / 65_536 });
	const { exports } = await WebAssembly.instantiate(compiled, { env: { memory, abort() {} } });
	const { heapBase, ...kernels } = exports as unknown as Kernels & { heapBase(): number };
	const module = new WasmModule(kernels, memory, heapBase());
	const pool = new MapPool(module, images);
	const lane = laidOut(lasting({ network, seed: 1 }, compile(network), module), pool);
	const { kernel, winograd } = lane.scratch;
	module.floats(kernel, (winograd - kernel) / 4).fill(NaN);
	return lane;
}

/** Everything that is allocated. */
const memoryOf = (module: WasmModule) => module.floats(0, Math.floor(module.used.bytes / 4));

/** Index of a value in the memory of a map. */
const indexIn =
	({ inner, image, row, pixel }: Place) =>
	(n: number, y: number, x: number, c: number) =>
		(inner + n * image + y * row + x * pixel) / 4 + c;

function fill({ module }: Resources, map: Place, images: number, seed: number): void {
	const random = xoroshiro128plus(seed);
	const all = memoryOf(module);
	const at = indexIn(map);
	const { height, width, channels } = map.shape;
	for (let n = 0; n < images; n++)
		for (let y = 0; y < height; y++)
			for (let x = 0; x < width; x++)
				for (let c = 0; c < channels; c++) all[at(n, y, x, c)] = random.next() / 2 ** 31;
}

/** What a convolution's operations give in 64 bits, with each product of x, a weight and y passed to `use`. */
function products(
	{ x, y }: { readonly x: Place; readonly y: Place },
	images: number,
	use: (x: number, weight: number, y: number) => void
): void {
	const [atX, atY] = [indexIn(x), indexIn(y)];
	const { height, width, channels: inputs } = x.shape;
	const outputs = y.shape.channels;
	for (let n = 0; n < images; n++)
		for (let r = 0; r < height; r++)
			for (let c = 0; c < width; c++)
				for (let tap = 0; tap < 9; tap++) {
					const row = r + Math.floor(tap / 3) - 1;
					const column = c + (tap % 3) - 1;
					if (row < 0 || column < 0 || row >= height || column >= width) continue;
					for (let i = 0; i < inputs; i++)
						for (let o = 0; o < outputs; o++)
							use(atX(n, row, column, i), (tap * inputs + i) * outputs + o, atY(n, r, c, o));
				}
}

/** Of the largest difference, in sums of hundreds of products; any wrong term makes one above 0.01. */
const TOLERANCE = 2e-5;

/** Largest difference, relative to the root of the mean square. */
function distance(found: ArrayLike<number>, expected: ArrayLike<number>): number {
	let [largest, squares] = [0, 0];
	for (let i = 0; i < expected.length; i++) {
		const difference = Math.abs(found[i] - expected[i]);
		if (!(difference <= largest)) largest = difference;
		squares += expected[i] ** 2;
	}
	return largest / Math.sqrt(squares / expected.length);
}

const run = (dispatches: readonly Dispatch[], images: number) => {
	const step = { images, training: true, dropoutStep: null, loss: NaN, wrong: NaN };
	for (const dispatch of dispatches) dispatch(step);
};

/** Channels that fill no groups of four, in one or several blocks of eight; tiles that fill no groups of 16, 32 or 4. */
describe.each([
	{ width: 5, size: 8, images: 3 },
	{ width: 12, size: 16, images: 5 }
])(
	'3×3 convolutions of width $width on $images images of $size pixels',
	({ images, ...options }) => {
		it('agree with sums in 64 bits, forward and in both gradients', async () => {
			const lane = await laneOf(options, images);
			const { plan, places, module, parameters } = lane;
			const convolutions = plan.forward.filter(
				(op): op is Convolution => op.kind === 'conv' && isWinograd(op, plan.buffers)
			);
			expect(new Set(convolutions.map(({ x }) => plan.buffers[x].height)).size).toBeGreaterThan(1);
			const values = memoryOf(module);
			for (const [seed, op] of convolutions.entries()) {
				const [x, y] = [places[op.x], places[op.y]];
				const weights = parameters.view(parameters.values, op.weights);
				/** The values of a map, border included. */
				const mapOf = ({ start, image }: Place) => module.floats(start, (images * image) / 4);

				fill(lane, x, images, 2 * seed);
				const output = new Float64Array(mapOf(y).length);
				products({ x, y }, images, (i, w, o) => {
					output[o - y.start / 4] += values[i] * weights[w];
				});
				run(convForward(lane, op), images);
				expect(distance(mapOf(y), output), `${op.node} forward`).toBeLessThan(TOLERANCE);

				fill(lane, y, images, 2 * seed + 1);
				const gradient = new Float64Array(weights.length);
				products({ x, y }, images, (i, w, o) => {
					gradient[w] += values[i] * values[o];
				});
				run(convBackwardKernel(lane, { kind: 'kernelGrad', conv: op, dy: op.y }), images);
				const found = parameters.view(parameters.gradients, op.weights);
				expect(distance(found, gradient), `${op.node} kernel's gradient`).toBeLessThan(TOLERANCE);

				for (const accumulate of [false, true]) {
					const input = Float64Array.from(mapOf(x), (value) => (accumulate ? value : 0));
					products({ x, y }, images, (i, w, o) => {
						input[i - x.start / 4] += values[o] * weights[w];
					});
					const dx = { buffer: op.x, accumulate };
					run(convBackwardInput(lane, { kind: 'inputGrad', conv: op, dy: op.y, dx }), images);
					expect(distance(mapOf(x), input), `${op.node} input's gradient`).toBeLessThan(TOLERANCE);
				}
			}
		});
	}
);

it('takes 3×3 convolutions of stride 1 whose maps divide into tiles', () => {
	const op: Convolution = {
		kind: 'conv',
		node: 'conv',
		...{ x: 0, y: 1, weights: 0, inputGradient: true },
		...{ kernel: [3, 3], stride: 1, padding: 1, groups: 1 }
	};
	const on = (height: number, channels: number, change: Partial<Convolution> = {}) => {
		const map = { height, width: 8, channels };
		return isWinograd({ ...op, ...change }, [map, map]);
	};
	expect(on(8, 5)).toBe(true);
	expect(on(6, 5)).toBe(false);
	expect(on(8, 3)).toBe(false);
	for (const change of [
		{ kernel: [3, 1] },
		{ stride: 2 },
		{ padding: 0 },
		{ groups: 5 }
	] satisfies Partial<Convolution>[])
		expect(on(8, 5, change), JSON.stringify(change)).toBe(false);
});
