/**
 * Shaders for everything between two convolutions: statistics, then normalisation (or bias), gated shortcut and
 * activation in one pass; and their gradients. Sums over a map are computed in `SLICES` slices with a fragment each,
 * then added by one fragment per group.
 */
import type { CombineSizes as Sizes } from '../device/sizes';
import { movesZero } from '../math/activations';
import { each } from '../math/print';
import { EPSILON, RUNNING_RATE } from '../normalisation';
import {
	activation,
	activationGradient,
	channelMask,
	columnOf,
	insideMap,
	masked,
	position,
	ROW,
	rowOf,
	type MapLayout
} from './layout';

export type CombineSizes = Sizes<MapLayout>;

/** Number of slices of partial sums over a batch. */
export const SLICES = 64;

/** Layers of the per-channel vectors of the forward pass; the running averages have a separate texture. */
export const VECTORS = 4;
const CENTRE = 0;
const FACTOR = 1;
const SHIFT = 2;
const INVERSE = 3;
/** Layers of the per-channel vectors of the backward pass: sums over the map, and the terms that the second pass subtracts. */
export const SUMS = 4;
const SUM = 0;
const PRODUCT = 1;
const OFFSET = 2;
const SLOPE = 3;

const at = (sampler: string, group: string, layer: number, row = '0') =>
	`texelFetch(${sampler}, ivec3(${group}, ${row}, ${layer}), 0)`;

/** The row of an image in the per-channel vectors; images beyond the batch share the last one. */
const setOf = ({ sets }: CombineSizes, image: string) =>
	sets > 1 ? `min(${image}, ${sets - 1})` : '0';

/** A loop over the pixels of a slice: texel (`t`, `y`), tile X; `body` returns the code for column p. */
function overSlice({ z: map, norm }: CombineSizes, body: (p: number) => string): string {
	const rows = map.down * map.height;
	const tiles = `
			for (int X = 0; X < ${map.tiles}; X++) {
				int t = nx * ${map.tiles} + X;
${each(map.columns, (p) => `				${insideMap(map, p) ? `if (${insideMap(map, p)}) ` : ''}{ ${body(p)} }`)}
			}`;
	if (norm === 'image')
		return `
	int g = int(gl_FragCoord.y);
	int n = int(gl_FragCoord.x);
	int ny = n / ${map.across};
	int nx = n - ny * ${map.across};
	if (n < count)
		for (int row = 0; row < ${map.height}; row++) {
			int y = ${rowOf(map, 'g', 'row')};${tiles}
		}`;
	return `
	int g = int(gl_FragCoord.y);
	int first = int(gl_FragCoord.x) * ${Math.ceil(rows / SLICES)};
	int end = min(${rows}, first + ${Math.ceil(rows / SLICES)});
	for (int r = first; r < end; r++) {
		int ny = r / ${map.height};
		int row = r - ny * ${map.height};
		int y = ${rowOf(map, 'g', 'row')};
		for (int nx = 0; nx < ${map.across}; nx++) {
			if (ny * ${map.across} + nx >= count) break;${tiles}
		}
	}`;
}

/**
 * Computes mean, sum of squared deviations and count for each slice. Sums are of differences from the slice's first
 * value, so that a large mean costs no digits. Input: y. Output: slices × groups, three layers.
 */
export function momentsShader(sizes: CombineSizes): string {
	return `void main() {
	vec4 sum = vec4(0), squares = vec4(0), base = vec4(0);
	float found = 0.;
	${overSlice(
		sizes,
		(p) => `vec4 v = texelFetch(map, ivec3(t, y, ${p}), 0);
					if (found == 0.) base = v;
					vec4 d = v - base; sum += d; squares += d * d; found += 1.;`
	)}
	float many = max(1., found);
	out0 = base + sum / many;
	out1 = squares - sum * sum / many;
	out2 = vec4(found);
}`;
}

/**
 * Merges the slices (Chan et al. 1979), updates the running averages, and writes the vectors that the pass over the map
 * reads. Inputs: values; with normalisation, partial sums and running averages (mean, variance). Output: VECTORS layers, with
 * normalisation the new running averages after them.
 * Uniform `first`: first texel of beta (gamma lies in the next row), or of the bias.
 */
export function statisticsShader({ norm }: CombineSizes): string {
	return `void main() {
	int g = int(gl_FragCoord.x);
	${
		norm
			? `vec4 mean = ${at('running', 'g', 0)}, variance = ${at('running', 'g', 1)};
	out${VECTORS} = mean;
	out${VECTORS + 1} = variance;
	if (training != 0) {
		vec4 centre = vec4(0), spread = vec4(0);
		float found = 0.;
		for (int slice = 0; slice < ${SLICES}; slice++) {
			float more = texelFetch(parts, ivec3(slice, g, 2), 0).x;
			if (more == 0.) continue;
			vec4 d = texelFetch(parts, ivec3(slice, g, 0), 0) - centre;
			float all = found + more;
			centre += d * (more / all);
			spread += texelFetch(parts, ivec3(slice, g, 1), 0) + d * d * (found * more / all);
			found = all;
		}
		out${VECTORS} = mean + ${RUNNING_RATE} * (centre - mean);
		out${VECTORS + 1} = variance + ${RUNNING_RATE} * (spread / max(1., found - 1.) - variance);
		mean = centre;
		variance = spread / found;
	}
	vec4 inverse = 1. / sqrt(variance + ${EPSILON});
	vec4 gamma = flatTexel(values, first + ${ROW} + g);`
			: 'vec4 mean = vec4(0), inverse = vec4(1), gamma = vec4(1);'
	}
	${WRITE_VECTORS}
}`;
}

const WRITE_VECTORS = `
	out${CENTRE} = mean;
	out${FACTOR} = gamma * inverse;
	out${SHIFT} = flatTexel(values, first + g);
	out${INVERSE} = inverse;`;

/** A loop over the real channels of group g: the k-th, and the first of the channels that share its statistics. */
const eachChannel = ({ z, together }: CombineSizes, body: string) => `
	for (int k = 0; k < 4; k++) {
		if (g * 4 + k >= ${z.channels}) break;
		int start = (g * 4 + k) / ${together} * ${together};
		for (int c = start; c < start + ${together}; c++) {
			${body}
		}
	}`;
/** Reads a number of channel c of image n. */
const ofChannel = (sampler: string, layer: number) =>
	`texelFetch(${sampler}, ivec3(n, c >> 2, ${layer}), 0)[c & 3]`;

/** Like `statisticsShader`, for channels of an image that share mean and variance. Inputs: values, partial sums. */
export function imageStatisticsShader(sizes: CombineSizes): string {
	const { z: y, together } = sizes;
	const pixels = y.height * y.width;
	return `void main() {
	int g = int(gl_FragCoord.x);
	int n = int(gl_FragCoord.y);
	vec4 gamma = flatTexel(values, first + ${ROW} + g);
	vec4 mean = vec4(0), variance = vec4(0);
	${eachChannel(sizes, `mean[k] += ${ofChannel('parts', 0)} / ${together}.;`)}
	${eachChannel(
		sizes,
		`float d = ${ofChannel('parts', 0)} - mean[k];
			variance[k] += (${ofChannel('parts', 1)} / ${pixels}. + d * d) / ${together}.;`
	)}
	vec4 inverse = 1. / sqrt(variance + ${EPSILON});
	${WRITE_VECTORS}
}`;
}

/** z = f((y − centre) · factor + shift + gate · shortcut). Inputs: y, vectors; shortcut. */
export function combineShader(sizes: CombineSizes): string {
	const { z, activation: kind, affine, shortcut } = sizes;
	const mask = movesZero(kind) ? channelMask(z) : null;
	const added = (p: number) => {
		if (!shortcut) return '';
		const { from, stride } = shortcut;
		return `if (gate != 0. && g < ${from.groups}) v${p} += gate * ${columnOf(from, 'shortcut', 'other', z.columns * stride, p * stride)};`;
	};
	return `${activation(kind)}
void main() {
	${position(z)}
	${
		affine
			? `int set = ${setOf(sizes, 'n')};
	vec4 centre = ${at('vectors', 'g', CENTRE, 'set')}, factor = ${at('vectors', 'g', FACTOR, 'set')}, shift = ${at('vectors', 'g', SHIFT, 'set')};`
			: ''
	}
	${shortcut ? `int other = ${rowOf(shortcut.from, 'g', `row * ${shortcut.stride}`)};` : ''}
${each(
	z.columns,
	(
		p
	) => `	vec4 v${p} = ${affine ? `(texelFetch(y, ivec3(at, ${p}), 0) - centre) * factor + shift` : `texelFetch(y, ivec3(at, ${p}), 0)`};
	${added(p)}
	out${p} = ${masked(z, p, `activate(v${p})${mask ? ` * ${mask}` : ''}`)};`
)}
}`;
}

/** Powers of two that scale values before squaring, so that no square under- or overflows. */
const SCALES = [2 ** 60, 2 ** -60] as const;

/** The squared norm of a vec4 at three scales. */
export const SQUARES = `
vec4 squaresOf(vec4 d) {
	vec4 small = d * ${SCALES[0]}., large = d * ${SCALES[1]};
	return vec4(dot(small, small), dot(d, d), dot(large, large), 0);
}`;

/** √Σx² from the three scaled sums: from the unscaled one if it is in range. */
export const ROOT = `
float root(vec4 sums) {
	if (sums[1] < 1e-26) return sqrt(sums[0]) * ${SCALES[1]};
	if (sums[1] > 1e30) return sqrt(sums[2]) * ${SCALES[0]}.;
	return sqrt(sums[1]);
}`;

/** Layers of the partial sums of the backward pass. */
export const gradSumLayers = ({ block, dead }: CombineSizes) => (block ? 4 : dead ? 3 : 2);

/**
 * First backward pass, with da = dz · f′(z): Σda and Σda·x̂ per channel; for a block's output, also the sums for its
 * norm and standard deviation; with `dead`, bits for the channels that are not 0 everywhere. Inputs: dz, z; y, vectors. Output:
 * slices × groups, `gradSumLayers` layers.
 */
export function combineGradSumsShader(sizes: CombineSizes): string {
	const { z, activation: kind, affine, block: probe, dead } = sizes;
	return `${activationGradient(kind)}
${SQUARES}
void main() {
	int channel = int(gl_FragCoord.y);
	${
		affine
			? `int set = ${setOf(sizes, 'int(gl_FragCoord.x)')};
	vec4 centre = ${at('vectors', 'channel', CENTRE, 'set')}, inverse = ${at('vectors', 'channel', INVERSE, 'set')};`
			: ''
	}
	vec4 sum = vec4(0), product = vec4(0), spread = vec4(0), squares = vec4(0);
	bvec4 alive = bvec4(false);
	// Deviations from one of the values, so that a large mean costs no digits.
	float shift = texelFetch(z, ivec3(0, 1, 0), 0).x;
	vec4 mask = ${channelMask(z, 'channel') ?? 'vec4(1)'};
	${overSlice(
		sizes,
		(p) => `ivec3 from = ivec3(t, y, ${p});
					vec4 d = texelFetch(dz, from, 0), v = texelFetch(z, from, 0);
					${affine ? 'vec4 da = activateGradient(d, v); sum += da; product += da * ((texelFetch(map, from, 0) - centre) * inverse);' : ''}
					${dead ? 'alive = bvec4(alive.x || v.x != 0., alive.y || v.y != 0., alive.z || v.z != 0., alive.w || v.w != 0.);' : ''}
					${probe ? 'vec4 away = (v - shift) * mask; spread += vec4(dot(away, vec4(1)), dot(away, away), 0, 0); squares += squaresOf(d);' : ''}`
	)}
	out0 = sum;
	out1 = product;
	${dead ? 'spread.z = dot(vec4(alive), vec4(1, 2, 4, 8));' : ''}
	${probe || dead ? 'out2 = spread;' : ''}
	${probe ? 'out3 = squares;' : ''}
}`;
}

/**
 * Adds the slices, or the channels of an image that share mean and variance. Inputs: partial sums, vectors. Output:
 * SUMS layers, a texel for each group of each set.
 */
export function combineGradVectorsShader(sizes: CombineSizes): string {
	const { z, norm, together } = sizes;
	const factor = `texelFetch(vectors, ivec3(c >> 2, n, ${FACTOR}), 0)[c & 3]`;
	if (norm === 'image')
		return `void main() {
	int g = int(gl_FragCoord.x);
	int n = int(gl_FragCoord.y);
	float many = ${z.height * z.width * together}.;
	vec4 offset = vec4(0), slope = vec4(0);
	${eachChannel(
		sizes,
		`float factor = ${factor} / many;
			offset[k] += factor * ${ofChannel('parts', 0)};
			slope[k] += factor * ${ofChannel('parts', 1)};`
	)}
	out${SUM} = texelFetch(parts, ivec3(n, g, 0), 0);
	out${PRODUCT} = texelFetch(parts, ivec3(n, g, 1), 0);
	out${OFFSET} = offset;
	out${SLOPE} = slope * ${at('vectors', 'g', INVERSE, 'n')};
}`;
	return `void main() {
	int g = int(gl_FragCoord.x);
	float many = float(count * ${z.height * z.width});
	vec4 sum = vec4(0), product = vec4(0);
	for (int slice = 0; slice < ${SLICES}; slice++) {
		sum += texelFetch(parts, ivec3(slice, g, 0), 0);
		product += texelFetch(parts, ivec3(slice, g, 1), 0);
	}
	out${SUM} = sum;
	out${PRODUCT} = product;
	vec4 factor = ${norm ? `${at('vectors', 'g', FACTOR)} / many` : 'vec4(0)'};
	out${OFFSET} = factor * sum;
	out${SLOPE} = factor * product * ${at('vectors', 'g', INVERSE)};
}`;
}

/** Gradients of beta (or of the bias) and, in the next row, of gamma. Inputs: sums, `first` texel of beta. */
export function affineGradShader({ z, sets }: CombineSizes): string {
	return `void main() {
	ivec2 at = ivec2(gl_FragCoord.xy);
	out0 = vec4(0);
	if (at.x < ${z.groups})
		for (int set = 0; set < ${sets > 1 ? 'count' : '1'}; set++)
			out0 += texelFetch(sums, ivec3(at.x, set, at.y - first / ${ROW}), 0);
}`;
}

/** Share of the channels that are 0 everywhere. Input: partial sums. Output: one texel. */
export function deadShader({ z, slices }: CombineSizes): string {
	return `void main() {
	int dead = 0;
	for (int g = 0; g < ${z.groups}; g++) {
		int alive = 0;
		for (int slice = 0; slice < ${slices}; slice++)
			alive |= int(texelFetch(parts, ivec3(slice, g, 2), 0).z);
		for (int k = 0; k < 4; k++)
			if (g * 4 + k < ${z.channels} && (alive & (1 << k)) == 0) dead++;
	}
	out0 = vec4(float(dead) / ${z.channels}., 0, 0, 0);
}`;
}

/** A block's gradient norm and the standard deviation of its output. Input: partial sums. Output: one texel. */
export function blockShader({ z, slices }: CombineSizes): string {
	return `${ROOT}
void main() {
	vec4 spread = vec4(0), squares = vec4(0);
	for (int g = 0; g < ${z.groups}; g++)
		for (int slice = 0; slice < ${slices}; slice++) {
			spread += texelFetch(parts, ivec3(slice, g, 2), 0);
			squares += texelFetch(parts, ivec3(slice, g, 3), 0);
		}
	float all = float(count * ${z.height * z.width * z.channels});
	float mean = spread[0] / all;
	out0 = vec4(root(squares), sqrt(max(0., spread[1] / all - mean * mean)), 0, 0);
}`;
}

/** The sizes of the programs that measure a block whose output no `Combine` makes. */
export const measureSizes = (z: MapLayout): CombineSizes => ({
	z,
	activation: null,
	affine: false,
	norm: null,
	together: 1,
	sets: 1,
	shortcut: null,
	slices: SLICES,
	block: true,
	dead: false
});

/** Σ dz · x in slices. Inputs: dz, x. Output: slices × groups. */
export const scaleGradSumsShader = (map: MapLayout): string => `void main() {
	vec4 sum = vec4(0);
	${overSlice(
		measureSizes(map),
		(p) => `sum += texelFetch(dz, ivec3(t, y, ${p}), 0) * texelFetch(x, ivec3(t, y, ${p}), 0);`
	)}
	out0 = sum;
}`;

/** The gradient of α with that of its penalty, λ sign(α). Inputs: partial sums, `first` texel of α; values. Output: its row in the gradients. */
export const scaleGradShader = ({ groups }: MapLayout, penalty: number): string => `void main() {
	vec4 sum = vec4(0);
	if (int(gl_FragCoord.x) == 0)
		for (int g = 0; g < ${groups}; g++)
			for (int slice = 0; slice < ${SLICES}; slice++) sum += texelFetch(parts, ivec3(slice, g, 0), 0);
	float gradient = dot(sum, vec4(1));
	${penalty ? `if (int(gl_FragCoord.x) == 0) gradient += float(${penalty}) * sign(flatTexel(values, first).x);` : ''}
	out0 = vec4(gradient, 0, 0, 0);
}`;

/**
 * Second backward pass: da · factor − offset − (y − centre) · slope, the gradient with respect to y. Inputs: dz, z; y,
 * vectors, sums; with `accumulate`, the gradient to add to.
 */
export function combineGradShader(sizes: CombineSizes, accumulate: boolean): string {
	const { z, activation: kind, affine } = sizes;
	const before = (p: number) => (accumulate ? `texelFetch(before, ivec3(at, ${p}), 0) + ` : '');
	return `${activationGradient(kind)}
void main() {
	${position(z)}
	${
		affine
			? `int set = ${setOf(sizes, 'n')};
	vec4 centre = ${at('vectors', 'g', CENTRE, 'set')}, factor = ${at('vectors', 'g', FACTOR, 'set')};
	vec4 offset = ${at('sums', 'g', OFFSET, 'set')}, slope = ${at('sums', 'g', SLOPE, 'set')};`
			: ''
	}
${each(
	z.columns,
	(p) => `	{
		ivec3 from = ivec3(at, ${p});
		vec4 da = activateGradient(texelFetch(dz, from, 0), texelFetch(z, from, 0));
		vec4 d = ${before(p)}${affine ? 'da * factor - offset - (texelFetch(map, from, 0) - centre) * slope' : 'da'};
		out${p} = n < count ? ${masked(z, p, 'd')} : vec4(0);
	}`
)}
}`;
}

/** gate · da, for the shortcut. Inputs: dz, z. */
export function shortcutGradShader({ z, activation: kind }: CombineSizes): string {
	return `${activationGradient(kind)}
void main() {
	${position(z)}
${each(
	z.columns,
	(p) =>
		`	out${p} = gate == 0. || n >= count ? vec4(0) : gate * ${masked(z, p, `activateGradient(texelFetch(dz, ivec3(at, ${p}), 0), texelFetch(z, ivec3(at, ${p}), 0))`)};`
)}
}`;
}

/** Option A's adjoint, added to the large map in its real channels. Inputs: small, large. Output: large. */
export function subsampleGradShader(small: MapLayout, large: MapLayout, stride: number): string {
	const mask = channelMask(large);
	return `void main() {
	${position(large)}
	bool meets = row % ${stride} == 0;
	int other = ${rowOf(small, 'g', `row / ${stride}`)};
${each(large.columns, (p) => {
	const before = `texelFetch(large, ivec3(at, ${p}), 0)`;
	if (p % stride) return `	out${p} = ${before};`;
	const value = columnOf(small, 'small', 'other', large.columns / stride, p / stride);
	return `	out${p} = ${before} + (meets ? ${value}${mask ? ` * ${mask}` : ''} : vec4(0));`;
})}
}`;
}
