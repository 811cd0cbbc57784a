/** Programs of what works value by value: joining channels, products, a learned factor, dropout; and their gradients. */
import type { Multiply } from '../plan/plan';
import { each } from '../math/print';
import { DROPOUT } from './dropout';
import { channelMask, masked, position, rowOf, type MapLayout } from './layout';

/** Most inputs of a program. */
export const SAMPLERS = 16;

/**
 * Writes each pixel's value, zeros for images beyond the batch. With `accumulate`, adds it to what the input `before` has.
 * @param start code before the pixels, with the variables of `position`
 * @param value of column p of the tile
 */
export function mapProgram(
	map: MapLayout,
	accumulate: boolean,
	value: (p: number) => string,
	start = ''
): string {
	const before = (p: number) => (accumulate ? `texelFetch(before, ivec3(at, ${p}), 0) + ` : '');
	return `void main() {
	${position(map)}
	bool real = n < count;
	${start}
${each(map.columns, (p) => `	out${p} = real ? ${masked(map, p, `${before(p)}${value(p)}`)} : vec4(0);`)}
}`;
}

const own = (sampler: string, p: number) => `texelFetch(${sampler}, ivec3(at, ${p}), 0)`;

/** The maps that are joined, each with the channel at which it starts. */
export interface Part {
	readonly map: MapLayout;
	readonly offset: number;
}

/** Joins the channels of maps. Inputs: part0, part1, … Output: z. */
export function concatShader(z: MapLayout, parts: readonly Part[]): string {
	const channel = parts.map(
		({ map, offset }, i) =>
			`if (c >= ${offset} && c < ${offset + map.channels}) {
		int own = c - ${offset};
		return texelFetch(part${i}, ivec3(x, ${rowOf(map, 'own >> 2', 'row')}, p), 0)[own & 3];
	}`
	);
	return `float channel(int c, int x, int ny, int row, int p) {
	${channel.join('\n\t')}
	return 0.;
}
${mapProgram(z, false, (p) => `vec4(${[0, 1, 2, 3].map((k) => `channel(g * 4 + ${k}, at.x, ny, row, ${p})`).join(', ')})`)}`;
}

/** The gradient with respect to one of the joined maps. Input: dz; with `accumulate`, before. Output: its gradient. */
export function concatGradShader(
	{ map, offset }: Part,
	dz: MapLayout,
	accumulate: boolean
): string {
	const mask = channelMask(map) ?? 'vec4(1)';
	return `float channel(int c, int x, int ny, int row, int p) {
	if (c >= ${dz.channels}) return 0.;
	return texelFetch(dz, ivec3(x, ${rowOf(dz, 'c >> 2', 'row')}, p), 0)[c & 3];
}
${mapProgram(
	map,
	accumulate,
	(p) =>
		`${mask} * vec4(${[0, 1, 2, 3].map((k) => `channel(${offset + k} + g * 4, at.x, ny, row, ${p})`).join(', ')})`
)}`;
}

export interface MultiplySizes extends Pick<Multiply, 'perChannel' | 'complement'> {
	/** Layout of a and z. */
	readonly a: MapLayout;
	readonly b: MapLayout;
}

/** Multiplies a map (a, or dz) by b or 1 − b. Inputs: source, factors; with `accumulate`, before. */
export function multiplyShader(
	{ a, b, perChannel, complement }: MultiplySizes,
	accumulate: boolean
): string {
	const factor = (p: number) =>
		perChannel ? `texelFetch(factors, ivec3(nx, ${rowOf(b, 'g', '0')}, 0), 0)` : own('factors', p);
	return mapProgram(
		a,
		accumulate,
		(p) => `${own('source', p)} * ${complement ? `(1. - ${factor(p)})` : factor(p)}`
	);
}

/** The gradient with respect to b, which a factor per channel sums over the pixels. Inputs: dz, a; with `accumulate`, before. */
export function factorGradShader(
	{ a, b, perChannel, complement }: MultiplySizes,
	accumulate: boolean
): string {
	const sign = complement ? '-' : '';
	if (!perChannel)
		return mapProgram(b, accumulate, (p) => `${sign}${own('dz', p)} * ${own('a', p)}`);
	return mapProgram(
		b,
		accumulate,
		(p) => (p ? 'vec4(0)' : `${sign}sum`),
		`vec4 sum = vec4(0);
	for (int y = 0; y < ${a.height}; y++)
		for (int X = 0; X < ${a.tiles}; X++) {
			ivec2 from = ivec2(nx * ${a.tiles} + X, ${rowOf(a, 'g', 'y')});
${each(a.columns, (p) => `			sum += texelFetch(dz, ivec3(from, ${p}), 0) * texelFetch(a, ivec3(from, ${p}), 0);`)}
		}`
	);
}

/** α x, or α dz. Inputs: source, values, `first` texel of α; with `accumulate`, before. */
export const scaleShader = (map: MapLayout, accumulate: boolean): string =>
	mapProgram(map, accumulate, (p) => `flatTexel(values, first).x * ${own('source', p)}`);

/** Dropout of x, or of dz, with one draw for each value or for each image. Input: source; with `accumulate`, before. */
export function dropShader(
	map: MapLayout,
	{ rate, perImage }: { readonly rate: number; readonly perImage: boolean },
	accumulate: boolean
): string {
	const { height, width, channels, columns } = map;
	const index = (p: number) =>
		`((n * ${height} + row) * ${width} + X * ${columns} + ${p}) * ${channels} + g * 4`;
	const factor = (p: number) => (perImage ? 'kept(uint(n))' : `keptFrom(uint(${index(p)}))`);
	return `${DROPOUT(rate)}
${mapProgram(map, accumulate, (p) => `${own('source', p)} * ${factor(p)}`)}`;
}
