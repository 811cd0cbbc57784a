/** Programs of pooling in windows: the largest value or the mean of each, and its gradient. */
import type { Pool } from '../plan/plan';
import { mapProgram } from './elementwise';
import { rowOf, type MapLayout } from './layout';

export interface PoolSizes extends Pick<Pool, 'of' | 'kernel' | 'stride' | 'padding'> {
	readonly x: MapLayout;
	readonly z: MapLayout;
}

/** The texel of column `c` of a texel row. */
const columnAt = ({ tiles, columns }: MapLayout, sampler: string, y: string, c: string) =>
	`texelFetch(${sampler}, ivec3(nx * ${tiles} + (${c} >> ${Math.log2(columns)}), ${y}, ${c} & ${columns - 1}), 0)`;

/** A loop over the pixels (`y`, `c`) of the window at (`down`, `along`) that lie within the map, with their value `v`. */
const eachOfWindow = ({ x, kernel: [kh, kw], stride, padding }: PoolSizes, body: string) => `
	for (int a = 0; a < ${kh}; a++) {
		int y = down * ${stride} + a - ${padding};
		if (y < 0 || y >= ${x.height}) continue;
		for (int b = 0; b < ${kw}; b++) {
			int c = along * ${stride} + b - ${padding};
			if (c < 0 || c >= ${x.width}) continue;
			vec4 v = ${columnAt(x, 'x', rowOf(x, 'g', 'y'), 'c')};
			${body}
		}
	}`;

/** Calls `body` for each of the four channels. */
const channels = (body: (k: string) => string) => `for (int k = 0; k < 4; k++) ${body('k')}`;
/** NaN replaces the largest value, as in PyTorch. */
const isBetter = (k: string) => `(v[${k}] > most[${k}] || isnan(v[${k}]))`;

/** Input: x. Output: z. */
export function poolShader(sizes: PoolSizes): string {
	const { of, z, kernel } = sizes;
	const text =
		of === 'max'
			? `vec4 most = vec4(-3.4e38);
	${eachOfWindow(
		sizes,
		channels((k) => `if (${isBetter(k)}) most[${k}] = v[${k}];`)
	)}
	return most;`
			: `vec4 sum = vec4(0);
	${eachOfWindow(sizes, 'sum += v;')}
	return sum / ${kernel[0] * kernel[1]}.;`;
	return `vec4 pooled(int g, int nx, int ny, int down, int along) {
	${text}
}
${mapProgram(z, false, (p) => `pooled(g, nx, ny, row, X * ${z.columns} + ${p})`)}`;
}

/**
 * The gradient with respect to x: a pixel sums over the windows that it is in. Of equal largest values, the first in
 * row-major order takes the gradient, as in PyTorch. Inputs: x (of a maximum), dz; with `accumulate`, before.
 */
export function poolGradShader(sizes: PoolSizes, accumulate: boolean): string {
	const { of, x, z, kernel, stride, padding } = sizes;
	const windows = (name: string, place: string, size: number, count: number) =>
		`int ${name} = max(0, (${place} + ${padding - size + stride}) / ${stride}); ${name} < min(${count}, (${place} + ${padding}) / ${stride} + 1); ${name}++`;
	const dz = columnAt(z, 'dz', rowOf(z, 'g', 'down'), 'along');
	const better = channels(
		(k) => `if (${isBetter(k)}) { most[k] = v[k]; place[k] = y * ${x.width} + c; }`
	);
	const first = `vec4 most = vec4(-3.4e38);
		ivec4 place = ivec4(-1);
		${eachOfWindow(sizes, better)}
		vec4 d = ${dz};
		${channels((k) => `if (place[${k}] == row * ${x.width} + column) sum[${k}] += d[${k}];`)}`;
	return `vec4 gradient(int g, int nx, int ny, int row, int column) {
	vec4 sum = vec4(0);
	for (${windows('down', 'row', kernel[0], z.height)})
	for (${windows('along', 'column', kernel[1], z.width)}) {
		${of === 'max' ? first : `sum += ${dz};`}
	}
	return sum${of === 'max' ? '' : ` / ${kernel[0] * kernel[1]}.`};
}
${mapProgram(x, accumulate, (p) => `gradient(g, nx, ny, row, X * ${x.columns} + ${p})`)}`;
}
