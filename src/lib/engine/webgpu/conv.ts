/**
 * The usual convolutions (see `isUsual`) as matrix products in registers: a thread holds `pixels` pixels by up to eight output channels, and
 * loads the pixels that it needs of a row once for all taps. The gradient with respect to the input uses the same code
 * with the transposed kernel. The gradient with respect to the kernel sums over slices of the batch, which a second
 * shader adds.
 */
import { each } from '../math/print';
import type { Convolution } from '../plan/plan';
import {
	halves,
	linear,
	perImage,
	shader,
	THREADS,
	workgroups,
	type Grid,
	type Shader
} from './shader';
import type { Tuning } from './tuning';

/** The work of a thread: pixels of a row by groups of four output channels. */
export interface Tile {
	readonly pixels: number;
	readonly blocks: 1 | 2;
}

/** Chooses the tile: no wider than the map, and smaller if there would be too few threads for the device. */
export function tileOf(
	{ to, conv, backward }: Pick<ConvSizes, 'to' | 'conv' | 'backward'>,
	images: number,
	{ pixels: most, crowd }: Tuning
): Tile {
	let pixels = Math.min(to.width > 4 ? 8 : 4, most);
	let blocks = blocksOf(to.groups);
	const step = backward ? conv.stride : 1;
	const threads = () =>
		(images * to.height * rowTiles(to.width, step, pixels) * to.groups) / blocks;
	if (threads() < crowd) blocks = 1;
	if (threads() < crowd) pixels = Math.min(pixels, 2);
	return { pixels, blocks };
}

export const blocksOf = (groups: number): 1 | 2 => (groups % 2 === 0 ? 2 : 1);

/** Number of tiles in a row of the output; in the backward pass of a stride, of pixels of one parity. */
function rowTiles(width: number, step: number, pixels: number): number {
	return step * Math.ceil(Math.ceil(width / step) / pixels);
}

export type ConvShape = Pick<Convolution, 'kernel' | 'stride' | 'padding' | 'groups'>;

export interface ConvSizes {
	readonly from: Grid;
	readonly to: Grid;
	readonly conv: ConvShape;
	/** Whether this is the gradient with respect to the input: `from` is the output's gradient, `to` the input's. */
	readonly backward: boolean;
	/** Whether to add to `to` instead of overwriting it. */
	readonly accumulate: boolean;
	/** The tile of a thread; see `tileOf`. */
	readonly tile: Tile;
}

const accumulator = (j: number, k: number) => `acc${j}_${k}`;

/**
 * A shader whose threads have a tile each: `o` is its first output group, `row`, `column` and `n` are those of its
 * first pixel. `body` adds to the accumulators, which are then written. Buffers: from, packed kernel, to.
 */
export function tiledShader(
	{ to, conv, backward, accumulate, tile: { pixels, blocks } }: ConvSizes,
	body: (acc: (pixel: number, block: number) => string) => string
): Shader {
	const step = backward ? conv.stride : 1;
	const tiles = rowTiles(to.width, step, pixels);
	const perPhase = tiles / step;
	const yStep = step * to.groups;
	const acc = accumulator;
	return shader(perImage(to.height * tiles, to.groups / blocks), {
		buffers: { source: 'r', kernels: 'r', result: 'rw' },
		main: `
	let tile = id.x % ${tiles}u;
	let row = (id.x / ${tiles}u) % ${to.height}u;
	let n = id.x / ${to.height * tiles}u;
	let column = ${step > 1 ? `tile / ${perPhase}u + (tile % ${perPhase}u) * ${step * pixels}u` : `tile * ${pixels}u`};
	let o = id.y * ${blocks}u;
	let to = n * ${to.image}u + (row + 1u) * ${to.row}u + (column + 1u) * ${to.groups}u + o;
${each(pixels, (j) =>
	each(
		blocks,
		(k) => `	var ${acc(j, k)} = ${accumulate ? `result[to + ${j * yStep + k}u]` : 'vec4f(0)'};`
	)
)}
${body(acc)}
${each(
	pixels,
	(j) => `	if (column + ${j * step}u < ${to.width}u) {
${each(blocks, (k) => `		result[to + ${j * yStep + k}u] = ${acc(j, k)};`)}
	}`
)}`
	});
}

/** The convolution or its gradient with respect to the input. Buffers: from, packed kernel `[tap][input channel][output group]`, to. */
export function convShader(sizes: ConvSizes): Shader {
	const { from, to, conv, backward, tile } = sizes;
	const { pixels, blocks } = tile;
	const [kh, kw] = conv.kernel;
	const acc = accumulator;
	const products = (b: string, pixel: (j: number) => string) => `
				let w${b} = (a * ${kw}u + ${b}) * ${from.groups * 4 * to.groups}u + i * ${4 * to.groups}u + o;
${each(4, (q) =>
	each(
		blocks,
		(k) => `				let w${b}_${q}${k} = kernels[w${b} + ${q * to.groups + k}u];
${each(pixels, (j) => `				${acc(j, k)} = fma(vec4f(${pixel(j)}[${q}]), w${b}_${q}${k}, ${acc(j, k)});`)}`
	)
)}`;
	const rowStart = (y: string, x: string) =>
		`u32(i32(n * ${from.image}u) + (${y} + 1) * ${from.row} + (${x} + 1) * ${from.groups}) + i`;
	// Sums over the taps of a kernel row: loads all its pixels, then applies every tap to its own.
	const span = (pixels - 1) * (backward ? 1 : conv.stride) + kw;
	const row = backward
		? { y: `i32(row) + ${conv.padding} - i32(a)`, x: `i32(column) + ${conv.padding - kw + 1}` }
		: {
				y: `i32(row) * ${conv.stride} + i32(a) - ${conv.padding}`,
				x: `i32(column) * ${conv.stride} - ${conv.padding}`
			};
	const together = () => `
			let at = ${rowStart(row.y, row.x)};
${each(span, (c) => `			let x${c} = source[at + ${c * from.groups}u];`)}
${each(kw, (b) => products(`${b}`, (j) => `x${backward ? j + kw - 1 - b : j * conv.stride + b}`))}`;
	// In the backward pass of a stride, only taps of one parity reach a pixel; applies them one by one.
	const apart = () => `
			let y = i32(row) + ${conv.padding} - i32(a);
			if (y % ${conv.stride} != 0) { continue; }
${each(kw, (b) => {
	const inner = `
				let at${b} = ${rowStart(`(y / ${conv.stride})`, `(column${b} / ${conv.stride})`)};
${each(pixels, (j) => `				let x${b}_${j} = source[at${b} + ${j * from.groups}u];`)}
${products(`${b}`, (j) => `x${b}_${j}`)}`;
	return `			let column${b} = i32(column) + ${conv.padding - b};
			if (column${b} % ${conv.stride} == 0) {${inner}
			}`;
})}`;
	return tiledShader(
		sizes,
		() => `	for (var a = 0u; a < ${kh}u; a++) {
		for (var i = 0u; i < ${from.groups}u; i++) {
${backward && conv.stride > 1 ? apart() : together()}
		}
	}`
	);
}

export interface KernelGradSizes {
	readonly x: Grid;
	readonly y: Grid;
	readonly conv: ConvShape;
	/** Number of parts of the batch that are summed separately; see `kernelGradSlices`. */
	readonly slices: number;
	/** Number of threads that add the slices of one number. */
	readonly joiners: number;
}

/** What a kernel's gradient works on. */
export type KernelGradMaps = Pick<KernelGradSizes, 'x' | 'y' | 'conv'>;

/** Number of threads per slice: one for each kernel row, group of input channels and pair of output groups. */
export const kernelGradTiles = ({ x, y, conv }: KernelGradMaps) =>
	conv.kernel[0] * x.groups * (y.groups / blocksOf(y.groups));

/** Number of slices: a balance of enough threads for the device and few partial sums. @param tiles threads per slice */
export function kernelGradSlices(
	{ y }: KernelGradMaps,
	tiles: number,
	images: number,
	tuning: Tuning
): number {
	const wanted = Math.ceil(tuning.kernelGradThreads / tiles);
	const lines = images * y.height;
	const worthwhile = Math.floor((lines * y.width) / tuning.kernelGradPixels);
	return Math.max(1, Math.min(wanted, lines, worthwhile, tuning.kernelGradSlices));
}

/**
 * Partial sums of the kernel's gradient. A thread sums for all taps of a kernel row; the pixels of x slide along in
 * registers. Buffers: x, gradient with respect to y, partial sums `[slice][tap][input channel][output group]`.
 */
export function kernelGradShader(sizes: KernelGradSizes): Shader {
	const { x, y, conv, slices } = sizes;
	const [kh, kw] = conv.kernel;
	const { stride, padding } = conv;
	const blocks = blocksOf(y.groups);
	const columns = y.groups / blocks;
	const tiles = kernelGradTiles(sizes);
	const acc = (b: number, q: number, k: number) => `acc${b}_${q}${k}`;
	/** Number of pixels that the next position shares with this one. */
	const kept = Math.max(0, kw - stride);
	const taps = (text: (b: number) => string) => each(kw, text);
	const load = (b: number) => `source[read + ${b * x.groups}u]`;
	return shader(linear(tiles * slices), {
		buffers: { source: 'r', dy: 'r', parts: 'rw' },
		main: `
	let tile = id.x % ${tiles}u;
	let slice = id.x / ${tiles}u;
	let o = (tile % ${columns}u) * ${blocks}u;
	let i = (tile / ${columns}u) % ${x.groups}u;
	let a = tile / ${columns * x.groups}u;
	let rows = step.images * ${y.height}u;
	let share = (rows + ${slices - 1}u) / ${slices}u;
	let end = min(rows, (slice + 1u) * share);
${taps((b) => each(4, (q) => each(blocks, (k) => `	var ${acc(b, q, k)} = vec4f(0);`)))}
	for (var r = slice * share; r < end; r++) {
		let n = r / ${y.height}u;
		let row = r % ${y.height}u;
		var read = n * ${x.image}u + (row * ${stride}u + a + ${1 - padding}u) * ${x.row}u + ${(1 - padding) * x.groups}u + i;
		var at = n * ${y.image}u + (row + 1u) * ${y.row}u + ${y.groups}u + o;
${taps((b) => `		var x${b} = ${b < kept ? load(b) : 'vec4f(0)'};`)}
		for (var c = 0u; c < ${y.width}u; c++) {
${taps((b) => (b < kept ? '' : `			x${b} = ${load(b)};`))}
${each(blocks, (k) => `			let g${k} = dy[at + ${k}u];`)}
${taps((b) =>
	each(4, (q) =>
		each(blocks, (k) => `			${acc(b, q, k)} = fma(vec4f(x${b}[${q}]), g${k}, ${acc(b, q, k)});`)
	)
)}
${each(kept, (b) => `			x${b} = x${b + stride};`)}
			read += ${stride * x.groups}u;
			at += ${y.groups}u;
		}
	}
	let to = ((slice * ${kh}u + a) * ${kw * x.groups * 4}u + i * 4u) * ${y.groups}u + o;
${taps((b) =>
	each(4, (q) =>
		each(blocks, (k) => `	parts[to + ${(b * x.groups * 4 + q) * y.groups + k}u] = ${acc(b, q, k)};`)
	)
)}`
	});
}

/** Adds the slices and drops the padding. Buffers: partial sums, gradient of the kernel. */
export function kernelGradSumShader(sizes: KernelGradSizes): Shader {
	const { x, y, conv, slices, joiners } = sizes;
	/** Number of vec4f in a kernel's gradient, without padding of the input channels. */
	const count = conv.kernel[0] * conv.kernel[1] * x.channels * y.groups;
	const part = conv.kernel[0] * conv.kernel[1] * x.groups * 4 * y.groups;
	const together = THREADS / joiners;
	return shader(workgroups(Math.ceil(count / together), THREADS), {
		buffers: { parts: 'r', gradient: 'rw f32' },
		declarations: joiners > 1 ? `var<workgroup> sums: array<vec4f, ${THREADS}>;` : '',
		main: `
	// Neighbouring threads read neighbouring numbers of a slice.
	let number = workgroup.x * ${together}u + thread % ${together}u;
	let joiner = thread / ${together}u;
	let o = number % ${y.groups}u;
	let i = (number / ${y.groups}u) % ${x.channels}u;
	let tap = number / ${y.groups * x.channels}u;
	var sum = vec4f(0);
	if (number < ${count}u) {
		var at = joiner * ${part}u + (tap * ${x.groups * 4}u + i) * ${y.groups}u + o;
		for (var slice = joiner; slice < ${slices}u; slice += ${joiners}u) {
			sum += parts[at];
			at += ${part * joiners}u;
		}
	}
	${
		joiners > 1
			? `sums[thread] = sum;
${halves(joiners, `		if (joiner < half) { sums[thread] += sums[thread + half * ${together}u]; }`)}
	if (joiner != 0u) { return; }
	sum = sums[thread];`
			: ''
	}
	if (number >= ${count}u) { return; }
	let to = (tap * ${x.channels}u + i) * ${y.channels}u + o * 4u;
	for (var k = 0u; k < 4u; k++) {
		if (o * 4u + k < ${y.channels}u) { gradient[to + k] = sum[k]; }
	}`
	});
}
