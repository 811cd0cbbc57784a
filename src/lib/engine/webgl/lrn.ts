/** Programs of local response normalisation, z = x · s^−β with s = k + α Σ x² over `size` neighbouring channels, and its gradient. */
import type { Lrn } from '../plan/plan';
import { mapProgram } from './elementwise';
import { rowOf, type MapLayout } from './layout';

export interface LrnSizes extends Pick<Lrn, 'size' | 'alpha' | 'beta' | 'k'> {
	/** Layout of x and z. */
	readonly map: MapLayout;
}

/** Number of neighbours of a channel before it. */
const before = ({ size }: LrnSizes) => Math.floor(size / 2);

/** A function that returns channel c of a map's pixel, 0 beyond its channels. */
const channelOf = (name: string, { map }: LrnSizes) => `
float ${name}Of(int c, ivec2 at, int ny, int row, int p) {
	if (c < 0 || c >= ${map.channels}) return 0.;
	return texelFetch(${name}, ivec3(at.x, ${rowOf(map, 'c >> 2', 'row')}, p), 0)[c & 3];
}`;

const scaleOf = (sizes: LrnSizes) => `
float scaleOf(int c, ivec2 at, int ny, int row, int p) {
	float sum = 0.;
	for (int i = 0; i < ${sizes.size}; i++) {
		float v = xOf(c + i - ${before(sizes)}, at, ny, row, p);
		sum += v * v;
	}
	return float(${sizes.k}) + float(${sizes.alpha}) * sum;
}`;

/** A program whose `body` computes `result[k]` of each real channel c. */
const program = (
	sizes: LrnSizes,
	accumulate: boolean,
	{ functions, body }: { readonly functions: string; readonly body: string }
) => `${functions}
vec4 resultOf(int g, ivec2 at, int ny, int row, int p) {
	vec4 result = vec4(0);
	for (int k = 0; k < 4; k++) {
		int c = g * 4 + k;
		if (c >= ${sizes.map.channels}) break;
		${body}
	}
	return result;
}
${mapProgram(sizes.map, accumulate, (p) => `resultOf(g, at, ny, row, ${p})`)}`;

/** Input: x. Output: z. */
export const lrnShader = (sizes: LrnSizes): string =>
	program(sizes, false, {
		functions: channelOf('x', sizes) + scaleOf(sizes),
		body: `result[k] = xOf(c, at, ny, row, p) * pow(scaleOf(c, at, ny, row, p), float(${-sizes.beta}));`
	});

/**
 * dx = dz s^−β − 2αβ x Σ dz x s^(−β−1), summed over the channels in whose neighbourhood x is. Inputs: x, dz; with
 * `accumulate`, before.
 */
export const lrnGradShader = (sizes: LrnSizes, accumulate: boolean): string =>
	program(sizes, accumulate, {
		functions: channelOf('x', sizes) + channelOf('dz', sizes) + scaleOf(sizes),
		body: `float through = 0.;
		for (int i = 0; i < ${sizes.size}; i++) {
			int d = c + i - ${sizes.size - 1 - before(sizes)};
			through += dzOf(d, at, ny, row, p) * xOf(d, at, ny, row, p) * pow(scaleOf(d, at, ny, row, p), float(${-sizes.beta - 1}));
		}
		result[k] = dzOf(c, at, ny, row, p) * pow(scaleOf(c, at, ny, row, p), float(${-sizes.beta}))
			- float(${2 * sizes.alpha * sizes.beta}) * xOf(c, at, ny, row, p) * through;`
	});
