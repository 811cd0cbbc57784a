/**
 * Convolutions as fragment programs: a fragment computes the pixels of a tile for one group of output channels. Kernels
 * are stored among all parameters as `[tap][input channel][output group]`; forward and backward passes read the same
 * layout.
 */
import { each } from '../math/print';
import { isUsual, type Convolution } from '../plan/plan';
import { columnOf, groupRows, masked, position, ROW, rowOf, type MapLayout } from './layout';

type Shape = Pick<Convolution, 'kernel' | 'stride' | 'padding' | 'groups'>;

/** Whether these programs lack a convolution: one in groups, or whose gradient with respect to the input needs a stride that no tile is a multiple of. */
export const refusesConv = ({ groups, stride, inputGradient }: Convolution): boolean =>
	groups > 1 || (inputGradient && 4 % stride !== 0);

/** Skips the rows that only an unusual kernel reads beyond a map. */
const skipOutside = (conv: Shape, row: string, { height }: MapLayout) =>
	isUsual(conv) ? '' : `if (${row} < 0 || ${row} >= ${height}) continue;`;

export interface ConvSizes {
	readonly x: MapLayout;
	readonly y: MapLayout;
	readonly conv: Shape;
}

/** Number of texels of a kernel. */
const kernelTexels = (x: MapLayout, y: MapLayout, { kernel: [kh, kw] }: Shape) =>
	kh * kw * x.groups * 4 * y.groups;

const kernelAt = (tap: string, channel: string, group: string, { x, y }: ConvSizes) =>
	`flatTexel(kernels, first + ((${tap}) * ${x.groups * 4} + ${channel}) * ${y.groups} + ${group})`;

const accumulators = (map: MapLayout, start: (p: number) => string) =>
	each(map.columns, (p) => `	vec4 acc${p} = ${start(p)};`);

const write = (map: MapLayout) =>
	each(map.columns, (p) => `	out${p} = ${masked(map, p, `acc${p}`)};`);

/** The convolution. Inputs: x, kernels, `first` texel of the kernel. Output: y. */
export function convShader(sizes: ConvSizes): string {
	const { x, y, conv } = sizes;
	const [kh, kw] = conv.kernel;
	const { stride, padding } = conv;
	const span = (y.columns - 1) * stride + kw;
	return `void main() {
	${position(y)}
${accumulators(y, () => 'vec4(0)')}
	for (int a = 0; a < ${kh}; a++) {
		int down = row * ${stride} + a - ${padding};
		${skipOutside(conv, 'down', x)}
		for (int i = 0; i < ${x.groups}; i++) {
			int from = ${rowOf(x, 'i', 'down')};
${each(span, (c) => `			vec4 x${c} = ${columnOf(x, 'x', 'from', y.columns * stride, c - padding)};`)}
${each(
	kw,
	(b) => `			{
				mat4 w = mat4(${[0, 1, 2, 3].map((q) => kernelAt(`a * ${kw} + ${b}`, `i * 4 + ${q}`, 'g', sizes)).join(', ')});
${each(y.columns, (p) => `				acc${p} += w * x${p * stride + b};`)}
			}`
)}
		}
	}
${write(y)}
}`;
}

/** The gradient with respect to x. Inputs: gradient with respect to y, kernels, `first` texel of the kernel; with `accumulate`, the gradient to add to. Output: gradient with respect to x. */
export function inputGradShader(sizes: ConvSizes, accumulate: boolean): string {
	const { x, y, conv } = sizes;
	const [kh, kw] = conv.kernel;
	const { stride, padding } = conv;
	/** For each pixel of the tile, the pixels of dy that contribute to it, as offsets from the tile's first. */
	const meets = Array.from({ length: x.columns }, (_, p) =>
		Array.from({ length: kw }, (_, b) => ({ b, shift: p + padding - b }))
			.filter(({ shift }) => shift % stride === 0)
			.map(({ b, shift }) => ({ b, column: shift / stride }))
	);
	const columns = [...new Set(meets.flat().map(({ column }) => column))].sort((a, b) => a - b);
	const name = (column: number) => `d${column - columns[0]}`;
	return `void main() {
	${position(x)}
${accumulators(x, (p) => (accumulate ? `texelFetch(before, ivec3(at, ${p}), 0)` : 'vec4(0)'))}
	for (int a = 0; a < ${kh}; a++) {
		int up = row + ${padding} - a;
		${stride > 1 ? `if (up < 0 || up % ${stride} != 0) continue;\n\t\tup /= ${stride};` : ''}
		${skipOutside(conv, 'up', y)}
		for (int o = 0; o < ${y.groups}; o++) {
			int from = ${rowOf(y, 'o', 'up')};
${columns.map((c) => `			vec4 ${name(c)} = ${columnOf(y, 'dy', 'from', x.columns / stride, c)};`).join('\n')}
${each(kw, (b) => {
	const met = meets.flatMap((list, p) => list.filter((m) => m.b === b).map((m) => ({ p, ...m })));
	return met.length
		? `			{
				mat4 w = mat4(${[0, 1, 2, 3].map((q) => kernelAt(`a * ${kw} + ${b}`, `g * 4 + ${q}`, 'o', sizes)).join(', ')});
${met.map(({ p, column }) => `				acc${p} += ${name(column)} * w;`).join('\n')}
			}`
		: '';
})}
		}
	}
${write(x)}
}`;
}

/** Number of output groups per fragment of the kernel's gradient. */
const taken = ({ groups }: MapLayout) => (groups % 2 === 0 ? 2 : 1);

/** Number of image rows that a fragment sums: a balance of enough fragments for a graphics card and few partial sums. */
function rowsOfSlice({ down, height }: MapLayout, tiles: number): number {
	return Math.ceil((down * height) / Math.min(256, Math.max(1, Math.ceil(2048 / tiles))));
}

/** Number of slices of the batch. */
function kernelGradSlices(sizes: ConvSizes): number {
	const { y } = sizes;
	return Math.ceil((y.down * y.height) / rowsOfSlice(y, kernelGradTiles(sizes)));
}

/** Number of fragments per slice. */
function kernelGradTiles({ x, y, conv }: ConvSizes): number {
	const [kh, kw] = conv.kernel;
	return (kh * kw * x.groups * y.groups) / taken(y);
}

/** Most texels in a row of partial sums; the fragments of a slice continue in its next row. */
const MOST = 4096;
const rowsOfTiles = (tiles: number) => Math.ceil(tiles / MOST);

/** Size of the texture of partial sums. */
export function kernelGradTexels(
	sizes: ConvSizes
): [width: number, height: number, layers: number] {
	const tiles = kernelGradTiles(sizes);
	const height = kernelGradSlices(sizes) * rowsOfTiles(tiles);
	return [Math.min(tiles, MOST), height, 4 * taken(sizes.y)];
}

/** Partial sums of the kernel's gradient. Inputs: x, gradient with respect to y. Output: partial sums, a row (or several) per slice of the batch. */
export function kernelGradShader(sizes: ConvSizes): string {
	const { x, y, conv } = sizes;
	const [, kw] = conv.kernel;
	const { stride, padding } = conv;
	const blocks = taken(y);
	const columns = y.groups / blocks;
	const rows = y.down * y.height;
	const tiles = kernelGradTiles(sizes);
	const share = rowsOfSlice(y, tiles);
	const lines = rowsOfTiles(tiles);
	const bits = Math.log2(x.columns);
	/** Reads zero if column c may be outside its image. */
	const guarded = (p: number, texel: string) => {
		const last = (y.tiles - 1) * y.columns * stride + p * stride + kw - 1 - padding;
		const tests = [
			p * stride < padding && 'c >= 0',
			last >= x.tiles * x.columns && `c < ${x.tiles * x.columns}`
		].filter(Boolean);
		return tests.length ? `${tests.join(' && ')} ? ${texel} : vec4(0)` : texel;
	};
	return `void main() {
	ivec2 at = ivec2(gl_FragCoord.xy);
	int tile = ${lines > 1 ? `at.y % ${lines} * ${MOST} + at.x` : 'at.x'};
	int o = (tile % ${columns}) * ${blocks};
	int i = (tile / ${columns}) % ${x.groups};
	int tap = tile / ${columns * x.groups};
	int a = tap / ${kw};
	int b = tap - a * ${kw} - ${padding};
${each(4 * blocks, (k) => `	vec4 acc${k} = vec4(0);`)}
	int first = at.y${lines > 1 ? ` / ${lines}` : ''} * ${share};
	int end = min(${rows}, first + ${share});
	for (int r = first; r < end; r++) {
		int ny = r / ${y.height};
		int row = r - ny * ${y.height};
		if (ny * ${y.across} >= count) break;
		int down = row * ${stride} + a - ${padding};
		${skipOutside(conv, 'down', x)}
		int from = ${rowOf(x, 'i', 'down')};
		int met = ${rowOf(y, 'o', 'row')};
		for (int t = 0; t < ${y.across * y.tiles}; t++) {
			int nx = t / ${y.tiles};
			int left = (t - nx * ${y.tiles}) * ${y.columns * stride} + b;
			int base = nx * ${x.tiles};
			vec4 v;
			int c;
${each(
	y.columns,
	(p) => `			c = left + ${p * stride};
			v = ${guarded(p, `texelFetch(x, ivec3(base + (c >> ${bits}), from, c & ${x.columns - 1}), 0)`)};
${each(
	blocks,
	(k) => `			vec4 d${p}_${k} = texelFetch(dy, ivec3(t, met + ${k * groupRows(y)}, ${p}), 0);
${each(4, (q) => `			acc${k * 4 + q} += v[${q}] * d${p}_${k};`)}`
)}`
)}
		}
	}
${each(4 * blocks, (k) => `	out${k} = acc${k};`)}
}`;
}

/** Adds the slices. Inputs: partial sums, `first` texel of the kernel. Output: the kernel's rows in the gradients. */
export function kernelGradSumShader(sizes: ConvSizes): string {
	const { x, y, conv } = sizes;
	const blocks = taken(y);
	const columns = y.groups / blocks;
	const lines = rowsOfTiles(kernelGradTiles(sizes));
	const place = lines > 1 ? `tile % ${MOST}, slice * ${lines} + tile / ${MOST}` : 'tile, slice';
	return `void main() {
	ivec2 at = ivec2(gl_FragCoord.xy);
	int i = at.y * ${ROW} + at.x - first;
	vec4 sum = vec4(0);
	if (i < ${kernelTexels(x, y, conv)}) {
		int o = i % ${y.groups};
		int c = (i / ${y.groups}) % ${x.groups * 4};
		int tap = i / ${y.groups * x.groups * 4};
		int tile = (tap * ${x.groups} + c / 4) * ${columns} + o / ${blocks};
		int layer = (o % ${blocks}) * 4 + c % 4;
		for (int slice = 0; slice < ${kernelGradSlices(sizes)}; slice++) sum += texelFetch(parts, ivec3(${place}, layer), 0);
	}
	out0 = sum;
}`;
}
