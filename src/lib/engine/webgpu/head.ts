/**
 * Shaders of a network's head and of the optimiser: pooling, dense layer, loss and their gradients; then one shader for
 * the update of all parameters, and one for the norms of gradients, kernels and updates.
 */
import type { HeadSizes as Sizes } from '../device/sizes';
import { keepsSquares, OPTIMISERS } from '../math/optimisers';
import { updateBranches, wgsl } from '../math/print';
import { CLIP_EPSILON } from '../optimiser';
import { DROPOUT } from './dropout';
import {
	halves,
	linear,
	ownAt,
	perImage,
	perPixel,
	shader,
	workgroups,
	type Grid,
	type Shader
} from './shader';
import { ROOT, SCALES } from './sums';

export type HeadSizes = Sizes<Grid>;

/** Mean over the pixels, with dropout of features in training. Buffers: z, features `[N][groups]`; draw. */
export function featuresShader({ z, dropout }: HeadSizes): Shader {
	return shader(perImage(z.groups), {
		buffers: { z: 'r', features: 'rw', draw: dropout ? 'r u32' : null },
		declarations: dropout ? DROPOUT(dropout) : '',
		main: `
	let n = id.x / ${z.groups}u;
	let group = id.x % ${z.groups}u;
	let first = n * ${z.image}u + ${z.row + z.groups}u + group;
	var sum = vec4f(0);
	for (var r = 0u; r < ${z.height}u; r++) {
		for (var c = 0u; c < ${z.width}u; c++) { sum += z[first + r * ${z.row}u + c * ${z.groups}u]; }
	}
	features[id.x] = sum / ${z.height * z.width}${dropout ? ` * keptFrom(n * ${z.channels}u + group * 4u)` : ''};`
	});
}

/** Number of values per image in `rows`: the logits, their gradients, the loss, and 1 if the answer is wrong. */
export const rowSize = (classes: number) => 2 * classes + 2;

/**
 * One thread per image computes logits, loss, and the gradients with respect to logits and features. Buffers: features,
 * all parameters, labels, rows, gradient with respect to the features.
 */
export function denseShader({ z, classes, kernel, bias, weight }: HeadSizes): Shader {
	const size = rowSize(classes);
	return shader(perImage(1), {
		buffers: {
			features: 'r f32',
			values: 'r f32',
			labels: 'r u32',
			rows: 'rw f32',
			dFeatures: 'rw f32'
		},
		main: `
	let row = id.x * ${size}u;
	let x = id.x * ${z.groups * 4}u;
	var most = -3.4e38;
	var best = ${classes}u;
	for (var k = 0u; k < ${classes}u; k++) {
		var sum = ${bias === null ? '0.0' : `values[${bias}u + k]`};
		for (var i = 0u; i < ${z.channels}u; i++) {
			sum = fma(features[x + i], values[${kernel}u + i * ${classes}u + k], sum);
		}
		rows[row + k] = sum;
		if (sum > most) { most = sum; best = k; }
	}
	var total = 0.0;
	for (var k = 0u; k < ${classes}u; k++) { total += exp(rows[row + k] - most); }
	let label = labels[id.x];
	rows[row + ${2 * classes}u] = log(total) + most - rows[row + label];
	rows[row + ${2 * classes + 1}u] = select(1.0, 0.0, best == label);
	for (var k = 0u; k < ${classes}u; k++) {
		let p = exp(rows[row + k] - most) / total;
		rows[row + ${classes}u + k] = ${weight === 1 ? '' : `${weight} * `}(p - select(0.0, 1.0, k == label)) / f32(step.images);
	}
	for (var i = 0u; i < ${z.groups * 4}u; i++) {
		var sum = 0.0;
		if (i < ${z.channels}u) {
			for (var k = 0u; k < ${classes}u; k++) {
				sum = fma(rows[row + ${classes}u + k], values[${kernel}u + i * ${classes}u + k], sum);
			}
		}
		dFeatures[x + i] = sum;
	}`
	});
}

/**
 * Sums over the batch: gradients of the dense layer; of the network's own head, loss and share of wrong answers (the
 * first two metrics). Buffers: features, rows, all gradients; metrics.
 */
export function denseGradShader({ z, classes, kernel, bias, auxiliary }: HeadSizes): Shader {
	const size = rowSize(classes);
	const weights = z.channels * classes;
	return shader(linear(weights + classes + (auxiliary ? 0 : 2)), {
		buffers: {
			features: 'r f32',
			rows: 'r f32',
			gradients: 'rw f32',
			metrics: auxiliary ? null : 'rw f32'
		},
		main: `
	let k = id.x % ${classes}u;
	var sum = 0.0;
	if (id.x < ${weights}u) {
		let i = id.x / ${classes}u;
		for (var n = 0u; n < step.images; n++) {
			sum = fma(features[n * ${z.groups * 4}u + i], rows[n * ${size}u + ${classes}u + k], sum);
		}
		gradients[${kernel}u + id.x] = sum;
	} else if (id.x < ${weights + classes}u) {
		let o = id.x - ${weights}u;
		for (var n = 0u; n < step.images; n++) { sum += rows[n * ${size}u + ${classes}u + o]; }
		${bias === null ? '' : `gradients[${bias}u + o] = sum;`}
	}${
		auxiliary
			? ''
			: ` else {
		let which = id.x - ${weights + classes}u;
		for (var n = 0u; n < step.images; n++) { sum += rows[n * ${size}u + ${2 * classes}u + which]; }
		metrics[which] = sum / f32(step.images);
	}`
	}`
	});
}

/** Gradient of the pooling. Buffers: gradient with respect to the features, dz; draw. */
export function featuresGradShader({ z, dropout }: HeadSizes, accumulate: boolean): Shader {
	return shader(perPixel(z), {
		buffers: { dFeatures: 'r', dz: 'rw', draw: dropout ? 'r u32' : null },
		declarations: dropout ? DROPOUT(dropout) : '',
		main: `
	dz[${ownAt(z)}] ${accumulate ? '+=' : '='} dFeatures[n * ${z.groups}u + group] / ${z.height * z.width}${dropout ? ` * keptFrom(n * ${z.channels}u + group * 4u)` : ''};`
	});
}

/** Marks a value that has no place among the packed kernels. */
export const NOWHERE = 0xffff_ffff;

const UPDATE = updateBranches(
	() => wgsl('f32'),
	(name) => `step.${name}`,
	(code) => `step.optimiser == ${code}u`,
	(squares) => `v = newV; ${squares ? 's = newS; ' : ''}change = taken;`
);
/** Whether the step's optimiser uses squares; the others do not touch the buffer. */
const KEEPS_SQUARES = OPTIMISERS.flatMap((name, code) =>
	keepsSquares(name) ? [`step.optimiser == ${code}u`] : []
).join(' || ');

export interface UpdateSizes {
	/** Number of values of all parameters. */
	readonly count: number;
	/** Whether to make the optimiser's step; else the shader only packs the kernels. */
	readonly move: boolean;
}

/**
 * Updates all parameters at once (see `UpdateConstants`) and packs the new kernels in the layout that convolutions
 * read: forward at `places[2 i]`, backward at `places[2 i + 1]`. The amount subtracted from a value replaces its
 * gradient. A halted lane stays unchanged. Buffers: values, places, packed kernels; velocities,
 * gradients, squares, control `[halted, bits of the clip factor]`.
 */
export function updateShader({ count, move }: UpdateSizes): Shader {
	return shader(linear(count), {
		buffers: {
			values: 'rw f32',
			places: 'r u32',
			kernels: 'rw f32',
			velocities: move && 'rw f32',
			gradients: move && 'rw f32',
			squares: move && 'rw f32',
			control: move && 'r u32'
		},
		main: `
	let i = id.x;
	var w = values[i];
	${
		move
			? `if (control[0] != 0u) { gradients[i] = 0; return; }
	let factor = select(1.0, bitcast<f32>(control[1]), step.clip > 0);
	let g = factor * gradients[i];
	let keepsSquares = ${KEEPS_SQUARES};
	var v = velocities[i];
	var s = 0.0;
	if (keepsSquares) { s = squares[i]; }
	var change = 0.0;
	${UPDATE}
	velocities[i] = v;
	if (keepsSquares) { squares[i] = s; }
	gradients[i] = change;
	w -= change;
	values[i] = w;`
			: ''
	}
	if (places[2u * i] != ${NOWHERE}u) { kernels[places[2u * i]] = w; }
	if (places[2u * i + 1u] != ${NOWHERE}u) { kernels[places[2u * i + 1u]] = w; }`
	});
}

export interface NormSizes {
	/** Index of the first norm among the metrics. */
	readonly first: number;
	/** Number of norms. */
	readonly count: number;
	/** Number of threads of a workgroup, which computes one norm. */
	readonly threads: number;
	/** Whether a norm that is not finite halts the lane. */
	readonly halts: boolean;
}

/**
 * Computes the clip factor from the norm over all parameters. Buffers: metrics, control.
 */
export function clipShader({ first: firstMetric, count }: NormSizes): Shader {
	return shader(workgroups(1, 1), {
		buffers: { metrics: 'r f32', control: 'rw u32' },
		main: `
	var most = 1e-30;
	for (var i = 0u; i < ${count}u; i++) { most = max(most, metrics[${firstMetric}u + i]); }
	var sum = 0.0;
	for (var i = 0u; i < ${count}u; i++) {
		let share = metrics[${firstMetric}u + i] / most;
		sum = fma(share, share, sum);
	}
	let norm = most * sqrt(sum);
	control[1] = bitcast<u32>(select(1.0, step.clip / (norm + ${CLIP_EPSILON}), norm > step.clip));`
	});
}

/**
 * L2 norms of segments of `numbers`, one workgroup each. Buffers: numbers, segments `[first, size]`, metrics; control.
 */
export function normsShader({ first: firstMetric, count, threads, halts }: NormSizes): Shader {
	return shader(workgroups(count, threads), {
		buffers: {
			numbers: 'r f32',
			segments: 'r vec2u',
			metrics: 'rw f32',
			control: halts && 'rw atomic<u32>'
		},
		declarations: `${ROOT}
// Tests the bits, because compilers may assume that every number is finite.
fn finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
var<workgroup> sums: array<vec4f, ${threads}>;`,
		main: `
	let segment = segments[workgroup.x];
	var sum = vec4f(0);
	for (var i = thread; i < segment.y; i += ${threads}u) {
		let g = numbers[segment.x + i];
		let small = g * ${SCALES[0]}.0;
		let large = g * ${SCALES[2]};
		sum += vec4f(small * small, g * g, large * large, 0);
	}
	sums[thread] = sum;
${halves(threads, '		if (thread < half) { sums[thread] += sums[thread + half]; }')}
	if (thread == 0u) {
		let norm = root(sums[0]);
		metrics[${firstMetric}u + workgroup.x] = norm;
		${halts ? 'if (!finite(norm)) { atomicStore(&control[0], 1u); }' : ''}
	}`
	});
}
