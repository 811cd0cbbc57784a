/** Global average pooling, dense layer, loss, the norms of all gradients and the optimiser. */
import type { HeadSizes as Sizes } from '../device/sizes';
import { SCALARS } from '../math/optimisers';
import { each, glsl, updateBranches } from '../math/print';
import { CLIP_EPSILON } from '../optimiser';
import { ROOT, SQUARES } from './combine';
import { DROPOUT } from './dropout';
import { mapProgram } from './elementwise';
import { ROW, rowOf, type MapLayout } from './layout';

export type HeadSizes = Sizes<MapLayout>;

/** Number of groups of four classes. */
export const classGroups = (classes: number) => Math.ceil(classes / 4);

/** Number of texels of the dense kernel. */
const denseTexels = ({ channels }: MapLayout, classes: number) => channels * classGroups(classes);

/** Mean over the pixels, with dropout of features in training. Input: z. Output: groups × images. */
export function featuresShader({ z, dropout: rate }: HeadSizes): string {
	return `${rate ? DROPOUT(rate) : ''}
void main() {
	int g = int(gl_FragCoord.x), n = int(gl_FragCoord.y);
	int ny = n / ${z.across};
	int t = (n - ny * ${z.across}) * ${z.tiles};
	vec4 sum = vec4(0);
	for (int row = 0; row < ${z.height}; row++) {
		int y = ${rowOf(z, 'g', 'row')};
		for (int X = 0; X < ${z.tiles}; X++) {
${each(z.columns, (p) => `			sum += texelFetch(z, ivec3(t + X, y, ${p}), 0);`)}
		}
	}
	out0 = sum / ${z.height * z.width}.${rate ? ` * keptFrom(uint(n * ${z.channels} + g * 4))` : ''};
}`;
}

/** The dense layer. Inputs: features, values. Output: logits, groups of classes × images. */
export function denseShader({ z, classes, kernel, bias }: HeadSizes): string {
	const groups = classGroups(classes);
	return `void main() {
	int k = int(gl_FragCoord.x), n = int(gl_FragCoord.y);
	vec4 sum = ${bias === null ? 'vec4(0)' : `flatTexel(values, ${bias} + k)`};
	for (int i = 0; i < ${z.channels}; i++)
		sum += texelFetch(features, ivec3(i / 4, n, 0), 0)[i & 3] * flatTexel(values, ${kernel} + i * ${groups} + k);
	out0 = sum;
}`;
}

/** Loss of each image. Inputs: logits, labels. Output: one texel per image: loss, 1 if the answer is wrong, log Σ exp. */
export function softmaxShader({ classes }: HeadSizes): string {
	return `float logit(int k, int n) { return texelFetch(logits, ivec3(k >> 2, n, 0), 0)[k & 3]; }
void main() {
	int n = int(gl_FragCoord.y);
	int label = int(texelFetch(labels, ivec3(0, n, 0), 0).x);
	float most = -3.4e38;
	int best = ${classes};
	for (int k = 0; k < ${classes}; k++) {
		float l = logit(k, n);
		if (l > most) { most = l; best = k; }
	}
	float total = 0.;
	for (int k = 0; k < ${classes}; k++) total += exp(logit(k, n) - most);
	float all = log(total) + most;
	out0 = vec4(all - logit(label, n), best == label ? 0. : 1., all, 0);
}`;
}

/** The loss's gradient with respect to the logits of four classes of an image. */
const LOGIT_GRADIENT = ({ classes, weight }: HeadSizes) => `
vec4 logitGradient(int k, int n) {
	int label = int(texelFetch(labels, ivec3(0, n, 0), 0).x);
	vec4 p = exp(texelFetch(logits, ivec3(k, n, 0), 0) - texelFetch(rows, ivec3(0, n, 0), 0).z);
	for (int q = 0; q < 4; q++) {
		if (k * 4 + q >= ${classes}) p[q] = 0.;
		else if (k * 4 + q == label) p[q] -= 1.;
	}
	return ${weight === 1 ? '' : `float(${weight}) * `}p / float(count);
}`;

/** Gradient of the dense kernel or of its bias. Inputs: features, logits, labels, rows. */
export function denseGradShader(sizes: HeadSizes, of: 'kernel' | 'bias'): string {
	const { z, classes, kernel, bias } = sizes;
	const ofBias = of === 'bias';
	const groups = classGroups(classes);
	const size = ofBias ? groups : denseTexels(z, classes);
	return `${LOGIT_GRADIENT(sizes)}
void main() {
	ivec2 at = ivec2(gl_FragCoord.xy);
	int j = at.y * ${ROW} + at.x - ${ofBias ? bias : kernel};
	vec4 sum = vec4(0);
	if (j < ${size}) {
		int k = j % ${groups}, i = j / ${groups};
		for (int n = 0; n < count; n++)
			sum += ${ofBias ? '' : 'texelFetch(features, ivec3(i / 4, n, 0), 0)[i & 3] * '}logitGradient(k, n);
	}
	out0 = sum;
}`;
}

/** Mean loss and share of wrong answers. Input: rows. */
export function lossShader(): string {
	return `void main() {
	vec4 sum = vec4(0);
	for (int n = 0; n < count; n++) sum += texelFetch(rows, ivec3(0, n, 0), 0);
	out0 = vec4(sum.xy / float(count), 0, 0);
}`;
}

/** Gradient with respect to the features. Inputs: values, logits, labels, rows. Output: groups × images. */
export function featureGradShader(sizes: HeadSizes): string {
	const { z, classes, kernel } = sizes;
	const groups = classGroups(classes);
	return `${LOGIT_GRADIENT(sizes)}
void main() {
	int g = int(gl_FragCoord.x), n = int(gl_FragCoord.y);
	vec4 sum = vec4(0);
	for (int k = 0; k < ${groups}; k++) {
		vec4 d = logitGradient(k, n);
		for (int q = 0; q < 4; q++)
			if (g * 4 + q < ${z.channels}) sum[q] += dot(d, flatTexel(values, ${kernel} + (g * 4 + q) * ${groups} + k));
	}
	out0 = sum;
}`;
}

/** Gradient of the pooling. Input: gradient with respect to the features; with `accumulate`, before. Output: dz. */
export function featuresGradShader({ z, dropout: rate }: HeadSizes, accumulate: boolean): string {
	const kept = rate ? ` * keptFrom(uint(n * ${z.channels} + g * 4))` : '';
	return `${rate ? DROPOUT(rate) : ''}
${mapProgram(z, accumulate, () => `texelFetch(dFeatures, ivec3(g, n, 0), 0) / ${z.height * z.width}.${kept}`)}`;
}

/** Sum of squares of each row of numbers, at three scales. Input: numbers. Output: one texel per row. */
export function rowSquaresShader(): string {
	return `${SQUARES}
void main() {
	int y = int(gl_FragCoord.y);
	vec4 sum = vec4(0);
	for (int x = 0; x < ${ROW}; x++) sum += squaresOf(texelFetch(numbers, ivec3(x, y, 0), 0));
	out0 = sum;
}`;
}

export interface NormSizes {
	/** Texel of the first norm among the metrics. */
	readonly first: number;
	/** Number of norms. */
	readonly count: number;
}

/**
 * L2 norms of segments. Inputs: squares of rows, segments `[first row, rows]`. Output:
 * metrics.
 */
export function normsShader({ first, count }: NormSizes): string {
	return `${ROOT}
void main() {
	ivec2 at = ivec2(gl_FragCoord.xy);
	int i = at.y * ${ROW} + at.x - ${first};
	vec4 sum = vec4(0);
	if (i < ${count}) {
		ivec2 segment = ivec2(flatTexel(segments, i).xy);
		for (int y = 0; y < segment.y; y++) sum += texelFetch(squares, ivec3(0, segment.x + y, 0), 0);
	}
	out0 = vec4(root(sum), 0, 0, 0);
}`;
}

/**
 * Writes 1 once a norm was not finite, and the clip factor. Inputs: metrics, the previous texel. Output: one texel.
 */
export function haltShader({ first, count }: NormSizes): string {
	return `void main() {
	vec4 halted = texelFetch(before, ivec3(0), 0);
	float most = 1e-30;
	for (int i = 0; i < ${count}; i++) {
		most = max(most, flatTexel(metrics, ${first} + i).x);
		// Tests the bits, because compilers may assume that every number is finite.
		uint bits = floatBitsToUint(flatTexel(metrics, ${first} + i).x);
		if ((bits & 0x7f800000u) == 0x7f800000u) halted.x = 1.;
	}
	float sum = 0.;
	for (int i = 0; i < ${count}; i++) {
		float share = flatTexel(metrics, ${first} + i).x / most;
		sum += share * share;
	}
	float norm = most * sqrt(sum);
	halted.y = clip > 0. && norm > clip ? clip / (norm + ${CLIP_EPSILON}) : 1.;
	out0 = halted;
}`;
}

const UPDATE = updateBranches(
	glsl,
	(name) => `vec4(recipe[${SCALARS.indexOf(name)}])`,
	(code) => `optimiser == ${code}`,
	(squares) => `v = newV; ${squares ? 's = newS; ' : ''}change = taken;`
);

/**
 * The optimiser over all parameters at once, see `UpdateConstants`. A halted lane stays unchanged. Inputs: values,
 * velocities, squares, gradients, halted. Outputs: values, velocities, squares, the amounts subtracted from the values.
 */
export function updateShader(): string {
	return `void main() {
	ivec3 at = ivec3(gl_FragCoord.xy, 0);
	vec4 w = texelFetch(values, at, 0), v = texelFetch(velocities, at, 0), s = texelFetch(squares, at, 0);
	vec4 control = texelFetch(halted, ivec3(0), 0), change = vec4(0);
	if (control.x == 0.) {
		vec4 g = texelFetch(gradients, at, 0) * control.y;
		${UPDATE}
	}
	out0 = w - change;
	out1 = v;
	out2 = s;
	out3 = change;
}`;
}
