/**
 * Shaders for everything between two convolutions: statistics, then normalisation (or bias), gated shortcut and
 * activation in one pass; and their gradients. Sums over a map are computed in slices with one thread each, then added
 * by one workgroup per group of channels.
 */
import type { CombineSizes as Sizes } from '../device/sizes';
import { movesZero } from '../math/activations';
import { EPSILON, RUNNING_RATE } from '../normalisation';
import {
	activation,
	activationGradient,
	clearPadding,
	halves,
	ownAt,
	perPixel,
	pixelAt,
	shader,
	workgroups,
	type Grid,
	type Shader
} from './shader';
import { BLOCK, perSlice, ROOT, rowStart } from './sums';

/** Number of per-channel vectors of a `Combine`, stored one after another in groups, for all images together or for each. */
const VECTORS = 8;
const CENTRE = 0;
export const FACTOR = 1;
const SHIFT = 2;
export const INVERSE = 3;
export const OFFSET = 4;
export const SLOPE = 5;
/** Index of the first vector for probes, over all images: sums of values and of their squares, dead channels, squares of gradients. */
const SPREAD = 6;
const SQUARES = 7;

export interface CombineSizes extends Sizes<Grid> {
	/** Number of threads that add the slices for a group of channels. */
	readonly joiners: number;
}

/** Number of vec4f of partial sums per slice and group. */
export const PARTS = 4;
export const vectorBytes = ({ groups }: Grid, sets: number) => VECTORS * sets * groups * 16;

/** The expression for a group's vector, in the given set. */
export const vector = ({ z, sets }: CombineSizes, which: number, set = '0u') =>
	`vectors[${which * sets * z.groups}u${sets > 1 ? ` + (${set}) * ${z.groups}u` : ''} + group]`;

export const sumsScratch = ({ z, slices }: CombineSizes) => slices * z.groups * PARTS;

/**
 * Computes mean and sum of squared deviations for each slice. Sums are of differences from the slice's first value, so
 * that a large mean costs no digits. Buffers: y, partial sums.
 */
export function momentsShader(sizes: CombineSizes): Shader {
	const { z: y } = sizes;
	return shader(perSlice(sizes.z, sizes.slices, sizes.norm === 'image'), {
		buffers: { y: 'r', parts: 'rw' },
		main: `
	var sum = vec4f(0);
	var squares = vec4f(0);
	var base = vec4f(0);
	if (first < end) {
		let r = first;
		base = y[${rowStart(y)}];
	}
	for (var r = first; r < end; r++) {
		var at = ${rowStart(y)};
		for (var c = 0u; c < ${y.width}u; c++) {
			let d = y[at] - base;
			sum += d;
			squares = fma(d, d, squares);
			at += ${y.groups}u;
		}
	}
	let count = max(1.0, f32((end - first) * ${y.width}u));
	parts[id.x * ${PARTS}u] = base + sum / count;
	parts[id.x * ${PARTS}u + 1u] = squares - sum * sum / count;`
	});
}

/** Reads four channels of a parameter's vector, with 0 beyond its end. */
export const channelsAt = (name: string, channels: number) => `var ${name} = vec4f(0);
	for (var k = 0u; k < 4u; k++) {
		if (group * 4u + k < ${channels}u) { ${name}[k] = ${name}s[group * 4u + k]; }
	}`;

/**
 * Merges the slices (Chan et al. 1979), updates the running averages, and writes the vectors that the pass over the map
 * reads. Without normalisation it copies the bias. Buffers: partial sums, vectors, beta (or the bias);
 * gamma, running averages `[mean, variance]`.
 */
export function statisticsShader(sizes: CombineSizes): Shader {
	const { z: y, norm, slices, joiners: threads } = sizes;
	return shader(workgroups(y.groups, threads), {
		buffers: {
			parts: 'r',
			vectors: 'rw',
			betas: 'r f32',
			gammas: norm && 'r f32',
			running: norm && 'rw'
		},
		declarations: `${
			norm
				? `var<workgroup> counts: array<f32, ${threads}>;
var<workgroup> means: array<vec4f, ${threads}>;
var<workgroup> spreads: array<vec4f, ${threads}>;
/** Merges the result so far with that of thread t. */
fn join(t: u32, b: f32, mean: vec4f, spread: vec4f) {
	if (b == 0) { return; }
	let a = counts[t];
	let d = mean - means[t];
	means[t] += d * (b / (a + b));
	spreads[t] += spread + d * d * (a * b / (a + b));
	counts[t] = a + b;
}`
				: ''
		}`,
		main: `
	let group = workgroup.x;
	${
		norm
			? `let rows = step.images * ${y.height}u;
	let share = (rows + ${slices - 1}u) / ${slices}u;
	counts[thread] = 0;
	means[thread] = vec4f(0);
	spreads[thread] = vec4f(0);
	for (var slice = thread; slice < ${slices}u; slice += ${threads}u) {
		let first = min(rows, slice * share);
		let at = (slice * ${y.groups}u + group) * ${PARTS}u;
		join(thread, f32((min(rows, first + share) - first) * ${y.width}u), parts[at], parts[at + 1u]);
	}
${halves(threads, '		if (thread < half) { join(thread, counts[thread + half], means[thread + half], spreads[thread + half]); }')}`
			: ''
	}
	if (thread != 0u) { return; }
	${norm ? channelsAt('gamma', y.channels) : 'let gamma = vec4f(1);'}
	${channelsAt('beta', y.channels)}
	${
		norm
			? `var mean = running[group];
	var variance = running[${y.groups}u + group];
	if (step.training != 0u) {
		let count = counts[0];
		let biased = spreads[0] / count;
		let unbiased = spreads[0] / max(1.0, count - 1);
		running[group] = mean + ${RUNNING_RATE} * (means[0] - mean);
		running[${y.groups}u + group] = variance + ${RUNNING_RATE} * (unbiased - variance);
		mean = means[0];
		variance = biased;
	}
	let inverse = 1 / sqrt(variance + ${EPSILON});`
			: 'let mean = vec4f(0);\n\tlet inverse = vec4f(1);'
	}
	${writeVectors(sizes)}`
	});
}

export const writeVectors = (sizes: CombineSizes, set?: string) => `
	${vector(sizes, CENTRE, set)} = mean;
	${vector(sizes, FACTOR, set)} = gamma * inverse;
	${vector(sizes, SHIFT, set)} = beta;
	${vector(sizes, INVERSE, set)} = inverse;`;

/** z = f((y − centre) · factor + shift + gate · shortcut). Buffers: y, z; vectors, gate, shortcut. */
export function combineShader(sizes: CombineSizes): Shader {
	const { z, activation: kind, affine, shortcut } = sizes;
	const shifted = `fma(y[at] - ${vector(sizes, CENTRE, 'n')}, ${vector(sizes, FACTOR, 'n')}, ${vector(sizes, SHIFT, 'n')})`;
	return shader(perPixel(z), {
		buffers: {
			y: 'r',
			vectors: affine && 'r',
			z: 'rw',
			gates: shortcut && 'r f32',
			shortcut: shortcut && 'r'
		},
		declarations: activation(kind),
		main: `
	let at = ${ownAt(z)};
	var value = ${affine ? shifted : 'y[at]'};
	${
		shortcut
			? `let gate = gates[0];
	if (gate != 0 && group < ${shortcut.from.groups}u) {
		value = fma(vec4f(gate), shortcut[${subsampled(shortcut.from, shortcut.stride)}], value);
	}`
			: ''
	}
	var result = activate(value);
	${movesZero(kind) ? clearPadding(z, 'result') : ''}
	z[at] = result;`
	});
}

/**
 * First backward pass, with da = dz · f′(z): Σda and Σda·x̂ per channel; for a block's output, also the sums for its
 * norm and standard deviation; with `dead`, bits for the channels that are not 0 everywhere. Buffers: dz, z, partial sums;
 * y, vectors.
 */
export function combineGradSumsShader(sizes: CombineSizes): Shader {
	const { z, activation: kind, affine, block: probe, dead } = sizes;
	return shader(perSlice(sizes.z, sizes.slices, sizes.norm === 'image'), {
		buffers: { dz: 'r', z: 'r', y: affine && 'r', vectors: affine && 'r', parts: 'rw' },
		declarations: affine ? activationGradient(kind) : '',
		main: `
	${
		affine
			? `let centre = ${vector(sizes, CENTRE, 'slice')};
	let inverse = ${vector(sizes, INVERSE, 'slice')};`
			: ''
	}
	var sum = vec4f(0);
	var product = vec4f(0);
	var spread = vec4f(0);
	var squares = vec4f(0);
	var alive = vec4u(0);
	${probe ? BLOCK.declare(z) : ''}
	for (var r = first; r < end; r++) {
		var at = ${rowStart(z)};
		for (var c = 0u; c < ${z.width}u; c++) {
			let d = dz[at];
			let v = z[at];
			${
				affine
					? `let da = activateGradient(d, v);
			sum += da;
			product = fma(da, (y[at] - centre) * inverse, product);`
					: ''
			}
			${dead ? 'alive |= select(vec4u(0), vec4u(1, 2, 4, 8), v != vec4f(0));' : ''}
			${probe ? BLOCK.add : ''}
			at += ${z.groups}u;
		}
	}
	${affine ? `parts[id.x * ${PARTS}u] = sum;\n\tparts[id.x * ${PARTS}u + 1u] = product;` : ''}
	${dead ? 'spread.z = f32(alive.x | alive.y | alive.z | alive.w);' : ''}
	${probe || dead ? `parts[id.x * ${PARTS}u + 2u] = spread;` : ''}
	${probe ? `parts[id.x * ${PARTS}u + 3u] = squares;` : ''}`
	});
}

/**
 * Adds the slices: writes the gradients of gamma and beta (or of the bias), and the vectors of the second pass with
 * each group's sums for the probes. Buffers: partial sums, vectors; gradient of beta (or the bias), gradient of gamma.
 */
export function combineGradVectorsShader(sizes: CombineSizes): Shader {
	const { z, affine, norm, slices, block: probe, dead, joiners: threads } = sizes;
	const put = (name: string) => `for (var k = 0u; k < 4u; k++) {
		if (group * 4u + k < ${z.channels}u) { ${name}s[group * 4u + k] = ${name}[k]; }
	}`;
	const probed = probe || dead;
	return shader(workgroups(z.groups, threads), {
		buffers: {
			parts: 'r',
			vectors: 'rw',
			sums: affine && 'rw f32',
			products: norm && 'rw f32'
		},
		declarations: `var<workgroup> slicesOfSum: array<vec4f, ${threads}>;
var<workgroup> slicesOfProduct: array<vec4f, ${threads}>;
${dead ? `var<workgroup> alive: array<u32, ${threads}>;` : ''}
${probe ? `var<workgroup> spreads: array<vec4f, ${threads}>;\nvar<workgroup> squares: array<vec4f, ${threads}>;` : ''}`,
		main: `
	let group = workgroup.x;
	let count = f32(step.images * ${z.height * z.width}u);
	var partOfSum = vec4f(0);
	var partOfProduct = vec4f(0);
	${probe ? 'var spread = vec4f(0); var square = vec4f(0);' : ''}
	${dead ? 'var lives = 0u;' : ''}
	for (var slice = thread; slice < ${slices}u; slice += ${threads}u) {
		let at = (slice * ${z.groups}u + group) * ${PARTS}u;
		partOfSum += parts[at];
		partOfProduct += parts[at + 1u];
		${probed ? 'let other = parts[at + 2u];' : ''}
		${probe ? 'spread += other; square += parts[at + 3u];' : ''}
		${dead ? 'lives |= u32(other.z);' : ''}
	}
	slicesOfSum[thread] = partOfSum;
	slicesOfProduct[thread] = partOfProduct;
	${probe ? 'spreads[thread] = spread; squares[thread] = square;' : ''}
	${dead ? 'alive[thread] = lives;' : ''}
${halves(
	threads,
	`		if (thread < half) {
			slicesOfSum[thread] += slicesOfSum[thread + half];
			slicesOfProduct[thread] += slicesOfProduct[thread + half];
			${probe ? 'spreads[thread] += spreads[thread + half]; squares[thread] += squares[thread + half];' : ''}
			${dead ? 'alive[thread] |= alive[thread + half];' : ''}
		}`
)}
	if (thread != 0u) { return; }
	let sum = slicesOfSum[0];
	let product = slicesOfProduct[0];
	${affine ? put('sum') : ''}
	${norm ? put('product') : ''}
	${
		norm === 'image' || !affine
			? ''
			: `let factor = ${norm ? `${vector(sizes, FACTOR)} / count` : 'vec4f(0)'};
	${vector(sizes, OFFSET)} = factor * sum;
	${vector(sizes, SLOPE)} = factor * product * ${vector(sizes, INVERSE)};`
	}
	${
		probed
			? `var known = ${probe ? 'spreads[0]' : 'vec4f(0)'};
	${
		dead
			? `let real = select(15u, ${15 >> (z.groups * 4 - z.channels)}u, group == ${z.groups - 1}u);
	known.z = f32(countOneBits(real & ~alive[0]));`
			: ''
	}
	${vector(sizes, SPREAD)} = known;`
			: ''
	}
	${probe ? `${vector(sizes, SQUARES)} = squares[0];` : ''}`
	});
}

/** Where the gradient with respect to y goes: in y's place, or to a buffer dy, to which it may be added; null for nowhere. */
export type GradientPlace = 'y' | 'dy' | 'dy, added' | null;

/**
 * Second backward pass: the gradient with respect to y, da · factor − offset − (y − centre) · slope, and with `keep`
 * dz := gate · da, which the shortcut needs. Buffers: dz, z; y, dy, vectors; gate; for a block `[gradient norm, standard
 * deviation]`; for a ReLU the share of dead channels.
 */
export function combineGradShader(
	sizes: CombineSizes,
	{ place, keep }: { readonly place: GradientPlace; readonly keep: boolean }
): Shader {
	const { z, activation: kind, affine, block: probe, dead } = sizes;
	const target = place === 'y' ? 'y' : 'dy';
	const gradient = affine
		? `da * ${vector(sizes, FACTOR, 'n')} - ${vector(sizes, OFFSET, 'n')} - (y[at] - ${vector(sizes, CENTRE, 'n')}) * ${vector(sizes, SLOPE, 'n')}`
		: 'da';
	return shader(perPixel(z), {
		buffers: {
			dz: keep ? 'rw' : 'r',
			z: 'r',
			y: place === 'y' ? 'rw' : place && affine && 'r',
			dy: place !== null && place !== 'y' && 'rw',
			vectors: ((place && affine) || probe || dead) && 'r',
			gates: keep && 'r f32',
			metrics: probe && 'rw f32',
			deadShare: dead && 'rw f32'
		},
		declarations: `${activationGradient(kind)}
${
	probe || dead
		? `${ROOT}
/** Merges the probes of all groups. */
fn tell() {
	var spread = vec4f(0);
	var squares = vec4f(0);
	for (var group = 0u; group < ${z.groups}u; group++) {
		spread += ${vector(sizes, SPREAD)};
		${probe ? `squares += ${vector(sizes, SQUARES)};` : ''}
	}
	${probe ? BLOCK.write(z) : ''}
	${dead ? `deadShare[0] = spread.z / ${z.channels};` : ''}
}`
		: ''
}`,
		main: `
	${probe || dead ? 'if (id.x == 0u && id.y == 0u) { tell(); }' : ''}
	let at = ${ownAt(z)};
	let da = activateGradient(dz[at], z[at]);
	${place ? `${target}[at] ${place === 'dy, added' ? '+=' : '='} ${gradient};` : ''}
	${
		keep
			? `let gate = gates[0];
	dz[at] = select(gate * da, vec4f(0), gate == 0);`
			: ''
	}`
	});
}

/** The pixel of the large map for a pixel of a map with every `stride`-th pixel. */
const subsampled = (map: Grid, stride: number) =>
	pixelAt(map, `row * ${stride}u`, `column * ${stride}u`);

/** Option A's adjoint, added to the large map in its real channels. Buffers: small, large. */
export function subsampleGradShader(small: Grid, large: Grid, stride: number): Shader {
	return shader(perPixel({ ...small, groups: large.groups }), {
		buffers: { small: 'r', large: 'rw' },
		main: `
	var value = small[${pixelAt(small)}];
	${clearPadding(large, 'value')}
	large[${subsampled(large, stride)}] += value;`
	});
}
