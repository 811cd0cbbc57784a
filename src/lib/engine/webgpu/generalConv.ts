/**
 * Convolutions of any kernel, stride, padding and number of groups: like those of `conv.ts`, tap by tap and with bounds
 * checks. Also chooses between the two.
 */
import { each } from '../math/print';
import { isUsual, type Convolution, type MapShape } from '../plan/plan';
import {
	blocksOf,
	convShader,
	kernelGradShader,
	kernelGradSumShader,
	kernelGradTiles,
	tiledShader,
	tileOf,
	type ConvShape,
	type ConvSizes,
	type KernelGradMaps,
	type KernelGradSizes,
	type Tile
} from './conv';
import { linear, shader, type Shader } from './shader';

/** The groups of four source channels that reach a group of four target channels, where channels are convolved in groups. */
export interface Reach {
	/** How many there are, for the target group that has most. */
	readonly count: number;
	/** The first one, by the target group. */
	readonly first: (group: number) => number;
	/** The same as an expression. */
	readonly firstText: (group: string) => string;
}

export function reachOf(
	from: Pick<MapShape, 'channels'>,
	to: Pick<MapShape, 'channels'>,
	{ groups }: Pick<Convolution, 'groups'>
): Reach {
	const [sources, targets] = [from.channels / groups, to.channels / groups];
	const first = (group: number) => Math.floor((Math.floor((4 * group) / targets) * sources) / 4);
	const counts = Array.from({ length: Math.ceil(to.channels / 4) }, (_, group) => {
		const end = Math.min(4 * group + 4, to.channels);
		return Math.ceil(((Math.floor((end - 1) / targets) + 1) * sources) / 4) - first(group);
	});
	return {
		count: Math.max(...counts),
		first,
		firstText: (group) => (groups === 1 ? '0u' : `${group} * 4u / ${targets}u * ${sources}u / 4u`)
	};
}

/** Two output groups of a thread must reach the same input groups. */
const blocksIn = ({ groups }: ConvShape, outputs: number) => (groups === 1 ? blocksOf(outputs) : 1);

/** The tile of a thread: as `tileOf` has it, but no wider than a narrow map. */
function generalTileOf(
	sizes: Pick<ConvSizes, 'to' | 'conv' | 'backward'>,
	...rest: readonly [images: number, tuning: Parameters<typeof tileOf>[2]]
): Tile {
	const { pixels, blocks } = tileOf(sizes, ...rest);
	const { to, conv, backward } = sizes;
	const most = Math.ceil(to.width / (backward ? conv.stride : 1));
	return { pixels: Math.min(pixels, most), blocks: conv.groups === 1 ? blocks : 1 };
}

/** Like `convShader`. Buffers: from, packed kernel `[tap][channel of the reach][output group]`, to. */
function generalConvShader(sizes: ConvSizes): Shader {
	const { from, to, conv, backward, tile } = sizes;
	const { pixels, blocks } = tile;
	const { stride, padding } = conv;
	const [kh, kw] = conv.kernel;
	const reach = reachOf(from, to, conv);
	/** Distance of the pixels that neighbouring pixels of the tile read. */
	const apart = backward ? 1 : stride;
	const read = (name: string, place: string, tap: string) =>
		backward
			? `let ${name}Far = i32(${place}) + ${padding} - i32(${tap});
			${stride > 1 ? `if (${name}Far % ${stride} != 0) { continue; }` : ''}
			let ${name} = ${name}Far / ${stride};`
			: `let ${name} = i32(${place}) * ${stride} + i32(${tap}) - ${padding};`;
	return tiledShader(
		sizes,
		(acc) => `	let first = ${reach.firstText('o')};
	let end = min(first + ${reach.count}u, ${from.groups}u);
	for (var a = 0u; a < ${kh}u; a++) {
		${read('y', 'row', 'a')}
		if (y < 0 || y >= ${from.height}) { continue; }
		for (var b = 0u; b < ${kw}u; b++) {
			${read('x', 'column', 'b')}
			if (x + ${(pixels - 1) * apart} < 0 || x >= ${from.width}) { continue; }
			let at = i32(n * ${from.image}u) + (y + 1) * ${from.row} + (x + 1) * ${from.groups};
			var w = (a * ${kw}u + b) * ${reach.count * 4 * to.groups}u + o;
			for (var i = first; i < end; i++) {
${each(
	pixels,
	(j) => `				var x${j} = vec4f(0);
				if (x >= ${-j * apart} && x < ${from.width - j * apart}) { x${j} = source[u32(at + ${j * apart * from.groups}) + i]; }`
)}
${each(4, (q) =>
	each(
		blocks,
		(k) => `				let w${q}${k} = kernels[w + ${q * to.groups + k}u];
${each(pixels, (j) => `				${acc(j, k)} = fma(vec4f(x${j}[${q}]), w${q}${k}, ${acc(j, k)});`)}`
	)
)}
				w += ${4 * to.groups}u;
			}
		}
	}`
	);
}

/** Number of threads per slice: one for each tap, reached group of input channels and output groups of a thread. */
function generalKernelGradTiles({ x, y, conv }: KernelGradMaps): number {
	const [kh, kw] = conv.kernel;
	return kh * kw * reachOf(x, y, conv).count * (y.groups / blocksIn(conv, y.groups));
}

/** Like `kernelGradShader`, for one tap. Buffers: x, gradient with respect to y, partial sums `[slice][tap][channel of the reach][output group]`. */
function generalKernelGradShader(sizes: KernelGradSizes): Shader {
	const { x, y, conv, slices } = sizes;
	const { stride, padding } = conv;
	const [kh, kw] = conv.kernel;
	const reach = reachOf(x, y, conv);
	const blocks = blocksIn(conv, y.groups);
	const columns = y.groups / blocks;
	const tiles = generalKernelGradTiles(sizes);
	const acc = (q: number, k: number) => `acc${q}${k}`;
	return shader(linear(tiles * slices), {
		buffers: { source: 'r', dy: 'r', parts: 'rw' },
		main: `
	let tile = id.x % ${tiles}u;
	let slice = id.x / ${tiles}u;
	let o = (tile % ${columns}u) * ${blocks}u;
	let i = (tile / ${columns}u) % ${reach.count}u;
	let tap = tile / ${columns * reach.count}u;
	let a = i32(tap / ${kw}u) - ${padding};
	let b = i32(tap % ${kw}u) - ${padding};
	let group = ${reach.firstText('o')} + i;
	let rows = step.images * ${y.height}u;
	let share = (rows + ${slices - 1}u) / ${slices}u;
	let end = select(0u, min(rows, (slice + 1u) * share), group < ${x.groups}u);
	// The columns for which the tap lies within the map.
	let left = (max(0, -b) + ${stride - 1}) / ${stride};
	let right = min(${y.width}, (${x.width + stride - 1} - b) / ${stride});
${each(4, (q) => each(blocks, (k) => `	var ${acc(q, k)} = vec4f(0);`))}
	for (var r = slice * share; r < end; r++) {
		let n = r / ${y.height}u;
		let row = r % ${y.height}u;
		let line = i32(row) * ${stride} + a;
		if (line < 0 || line >= ${x.height}) { continue; }
		var read = n * ${x.image}u + u32((line + 1) * ${x.row} + (left * ${stride} + b + 1) * ${x.groups}) + group;
		var at = n * ${y.image}u + (row + 1u) * ${y.row}u + u32(left + 1) * ${y.groups}u + o;
		for (var c = left; c < right; c++) {
			let v = source[read];
${each(blocks, (k) => `			let g${k} = dy[at + ${k}u];`)}
${each(4, (q) => each(blocks, (k) => `			${acc(q, k)} = fma(vec4f(v[${q}]), g${k}, ${acc(q, k)});`))}
			read += ${stride * x.groups}u;
			at += ${y.groups}u;
		}
	}
	let to = ((slice * ${kh * kw}u + tap) * ${reach.count * 4}u + i * 4u) * ${y.groups}u + o;
${each(4, (q) => each(blocks, (k) => `	parts[to + ${q * y.groups + k}u] = ${acc(q, k)};`))}`
	});
}

/** Like `kernelGradSumShader`, where channels are convolved in groups. Buffers: partial sums, gradient of the kernel. */
function groupedKernelGradSumShader({ x, y, conv, slices }: KernelGradSizes): Shader {
	const taps = conv.kernel[0] * conv.kernel[1];
	const reach = reachOf(x, y, conv);
	const [inputs, outputs] = [x.channels / conv.groups, y.channels / conv.groups];
	return shader(linear(taps * inputs * y.channels), {
		buffers: { parts: 'r', gradient: 'rw f32' },
		main: `
	let c = id.x % ${y.channels}u;
	let o = c / 4u;
	let i = (id.x / ${y.channels}u) % ${inputs}u + c / ${outputs}u * ${inputs}u - (${reach.firstText('o')}) * 4u;
	let tap = id.x / ${inputs * y.channels}u;
	var at = (tap * ${reach.count * 4}u + i) * ${y.groups}u + o;
	var sum = 0.0;
	for (var slice = 0u; slice < ${slices}u; slice++) {
		sum += parts[at][c % 4u];
		at += ${taps * reach.count * 4 * y.groups}u;
	}
	gradient[id.x] = sum;`
	});
}

/** Number of vec4f that the partial sums of a kernel's gradient need. */
export function kernelGradScratch({ x, y, conv, slices }: KernelGradSizes): number {
	const [kh, kw] = conv.kernel;
	return slices * kh * kw * reachOf(x, y, conv).count * 4 * y.groups;
}

const USUAL = {
	tile: tileOf,
	conv: convShader,
	kernelGradTiles,
	kernelGrad: kernelGradShader,
	kernelGradSum: kernelGradSumShader
};
const GENERAL: typeof USUAL = {
	tile: generalTileOf,
	conv: generalConvShader,
	kernelGradTiles: generalKernelGradTiles,
	kernelGrad: generalKernelGradShader,
	kernelGradSum: (sizes) =>
		sizes.conv.groups === 1 ? kernelGradSumShader(sizes) : groupedKernelGradSumShader(sizes)
};

/** The shaders of a convolution and its gradients. */
export const shadersOf = (conv: ConvShape) => (isUsual(conv) ? USUAL : GENERAL);
