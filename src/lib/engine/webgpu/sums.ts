/**
 * Sums over whole maps: one thread for each group of each slice of the batch, then one workgroup that adds them. The
 * gradient of a learned factor, and what is measured of a block's output.
 */
import {
	clearPadding,
	halves,
	linear,
	shader,
	workgroups,
	type Grid,
	type Shader,
	type Threads
} from './shader';
import type { Tuning } from './tuning';

/** Least number of slices, if a map has as many rows. */
const SLICES = 64;

/** Number of slices of whole rows, for up to `images` images and about `sumThreads` threads. */
export const slicesOf = ({ height, groups }: Grid, images: number, { sumThreads }: Tuning) =>
	Math.min(images * height, Math.max(SLICES, Math.ceil(sumThreads / groups)));

/** One thread for each group of each slice, for the rows from `first` to `end`. @param ofImages whether a slice is an image */
export function perSlice({ height, groups }: Grid, slices: number, ofImages = false): Threads {
	const threads = linear(slices * groups);
	return {
		...threads,
		start: `${threads.start}
	let group = id.x % ${groups}u;
	let slice = id.x / ${groups}u;
	let rows = step.images * ${height}u;
	let share = ${ofImages ? `${height}u` : `(rows + ${slices - 1}u) / ${slices}u`};
	let first = min(rows, slice * share);
	let end = min(rows, first + share);`
	};
}

/** Where the thread's group of a row's first pixel lies. */
export const rowStart = ({ height, image, row, groups }: Grid) =>
	`(r / ${height}u) * ${image}u + (r % ${height}u + 1u) * ${row}u + ${groups}u + group`;

/** Powers of two that scale values before squaring, so that no square under- or overflows. */
export const SCALES = [2 ** 60, 1, 2 ** -60] as const;

/** √Σx² from the three scaled sums: from the unscaled one if it is in range. */
export const ROOT = `
fn root(sums: vec4f) -> f32 {
	if (sums[1] < 1e-26) { return sqrt(sums[0]) * ${2 ** -60}; }
	if (sums[1] > 1e30) { return sqrt(sums[2]) * ${2 ** 60}.0; }
	return sqrt(sums[1]);
}`;

/** The code that measures a block's output: what it declares, adds for a value `v` with gradient `d`, and writes at last. */
export const BLOCK = {
	declare: (
		z: Grid
	) => `// From one of the values, so that a large mean costs the deviation no digits.
	let shift = z[${z.row + z.groups}u].x;
	var mask = vec4f(1);
	${clearPadding(z, 'mask')}`,
	add: `let away = (v - shift) * mask;
			spread += vec4f(dot(away, vec4f(1)), dot(away, away), 0, 0);
			let small = d * ${SCALES[0]}.0;
			let large = d * ${SCALES[2]};
			squares += vec4f(dot(small, small), dot(d, d), dot(large, large), 0);`,
	write: ({
		height,
		width,
		channels
	}: Grid) => `let count = f32(step.images * ${height * width * channels}u);
	let mean = spread.x / count;
	metrics[1] = sqrt(max(0.0, spread.y / count - mean * mean));
	metrics[0] = root(squares);`
} as const;

export interface SumSizes {
	readonly map: Grid;
	readonly slices: number;
	/** Number of threads of the workgroup that adds the partial sums. */
	readonly threads: number;
}

/** Number of vec4f of partial sums. */
export const sumScratch = ({ map, slices }: SumSizes) => 2 * slices * map.groups;

/** Sums that each thread makes over its rows, at `at`. */
const partial = (
	{ map, slices }: SumSizes,
	declare: string,
	body: string,
	write: string,
	buffers: readonly string[]
) =>
	shader(perSlice(map, slices), {
		buffers: { ...Object.fromEntries(buffers.map((name) => [name, 'r' as const])), parts: 'rw' },
		main: `
	${declare}
	for (var r = first; r < end; r++) {
		var at = ${rowStart(map)};
		for (var c = 0u; c < ${map.width}u; c++) {
			${body}
			at += ${map.groups}u;
		}
	}
	${write}`
	});

/** Σ dz · x in parts. Buffers: dz, x, partial sums. */
export const scaleGradSumsShader = (sizes: SumSizes): Shader =>
	partial(sizes, 'var sum = vec4f(0);', 'sum = fma(dz[at], x[at], sum);', 'parts[id.x] = sum;', [
		'dz',
		'x'
	]);

/** The gradient of α with that of its penalty, λ sign(α). Buffers: partial sums, alpha, gradient. */
export function scaleGradShader({ map, slices, threads }: SumSizes, penalty: number): Shader {
	return shader(workgroups(1, threads), {
		buffers: { parts: 'r', alpha: penalty ? 'r f32' : null, gradient: 'rw f32' },
		declarations: `var<workgroup> sums: array<f32, ${threads}>;`,
		main: `
	var sum = 0.0;
	for (var i = thread; i < ${slices * map.groups}u; i += ${threads}u) { sum += dot(parts[i], vec4f(1)); }
	sums[thread] = sum;
${halves(threads, '		if (thread < half) { sums[thread] += sums[thread + half]; }')}
	if (thread == 0u) { gradient[0] = sums[0]${penalty ? ` + ${penalty} * sign(alpha[0])` : ''}; }`
	});
}

/** What a block's output is measured by, in parts. Buffers: dz, z, partial sums. */
export const measureSumsShader = (sizes: SumSizes): Shader =>
	partial(
		sizes,
		`var spread = vec4f(0);
	var squares = vec4f(0);
	${BLOCK.declare(sizes.map)}`,
		`let d = dz[at];
			let v = z[at];
			${BLOCK.add}`,
		`parts[id.x * 2u] = spread;
	parts[id.x * 2u + 1u] = squares;`,
		['dz', 'z']
	);

/** Buffers: partial sums, metrics `[gradient norm, standard deviation]`. */
export function measureShader({ map, slices, threads }: SumSizes): Shader {
	return shader(workgroups(1, threads), {
		buffers: { parts: 'r', metrics: 'rw f32' },
		declarations: `${ROOT}
var<workgroup> spreads: array<vec4f, ${threads}>;
var<workgroup> roots: array<vec4f, ${threads}>;`,
		main: `
	spreads[thread] = vec4f(0);
	roots[thread] = vec4f(0);
	for (var i = thread; i < ${slices * map.groups}u; i += ${threads}u) {
		spreads[thread] += parts[2u * i];
		roots[thread] += parts[2u * i + 1u];
	}
${halves(
	threads,
	`		if (thread < half) {
			spreads[thread] += spreads[thread + half];
			roots[thread] += roots[thread + half];
		}`
)}
	if (thread != 0u) { return; }
	let spread = spreads[0];
	let squares = roots[0];
	${BLOCK.write(map)}`
	});
}
