/** Counts a step's histograms (`engine/histogram.ts`) where the numbers are: maps after the forward pass, kernels around the update. */
import {
	BINS,
	countedMaps,
	histogramIndex,
	HISTOGRAMS,
	ZERO_BIN,
	type HistogramName
} from '../histogram';
import { aligned, type Dispatch, type Region } from './programs';
import type { Resources } from './resources';
import { linear, shader, THREADS, type Grid, type Shader } from './shader';

/** Items that a workgroup counts: enough that filling and emptying its tables takes little beside them. */
const ITEMS = 2048;

/**
 * A table of bins for each channel of a group, which a workgroup fills before it adds them to the counts: neighbouring
 * channels often fall into one bin, and need not wait for each other.
 */
const TABLES = 4;

/** Distance between the bins of two histograms, which are regions of one buffer. */
const STRIDE = aligned(BINS);

interface Counted {
	/** By name, as `shader` declares them. */
	readonly buffers: Readonly<Record<string, 'r u32' | 'r f32' | 'r vec4u'>>;
	/** Number of items, and its expression in the shader. */
	readonly most: number | ((images: number) => number);
	readonly count: string;
	/** Counts item `i`, by `add(table, bits)`. */
	readonly item: string;
}

/** Adds values to the bins. Buffers: those of the values, counts. */
function countShader({ buffers, most, count, item }: Counted): Shader {
	const workgroupsOf = (items: number) => [Math.ceil(items / ITEMS)] as const;
	const workgroups =
		typeof most === 'number' ? workgroupsOf(most) : (images: number) => workgroupsOf(most(images));
	return shader(
		{ workgroups, start: '' },
		{
			buffers: { ...buffers, counts: 'rw atomic<u32>' },
			declarations: `var<workgroup> tables: array<atomic<u32>, ${TABLES * BINS}>;
fn add(table: u32, bits: u32) {
	let bin = select(bits >> 23u, ${ZERO_BIN}u, (bits << 1u) == 0u);
	atomicAdd(&tables[table * ${BINS}u + bin], 1u);
}`,
			main: `
	for (var i = thread; i < ${TABLES * BINS}u; i += ${THREADS}u) { atomicStore(&tables[i], 0u); }
	workgroupBarrier();
	let end = min(${count}, (workgroup.x + 1u) * ${ITEMS}u);
	for (var i = workgroup.x * ${ITEMS}u + thread; i < end; i += ${THREADS}u) {
		${item}
	}
	workgroupBarrier();
	for (var bin = thread; bin < ${BINS}u; bin += ${THREADS}u) {
		var sum = 0u;
		for (var table = 0u; table < ${TABLES}u; table++) { sum += atomicLoad(&tables[table * ${BINS}u + bin]); }
		if (sum > 0u) { atomicAdd(&counts[bin], sum); }
	}`
		}
	);
}

/** The real channels of a map. As integers: a device may change subnormal numbers when it reads them as floats. */
function mapShader({ height, width, channels, groups, row, image }: Grid): Shader {
	const line = width * groups;
	const rest = channels % 4;
	const add = (k: number) => `add(${k}u, bits[${k}]);`;
	const real = (k: number) =>
		rest && k >= rest ? `if (i % ${groups}u < ${groups - 1}u) { ${add(k)} }` : add(k);
	return countShader({
		buffers: { z: 'r vec4u' },
		most: (images) => images * height * line,
		count: `step.images * ${height * line}u`,
		item: `let r = i / ${line}u;
		let bits = z[(r / ${height}u) * ${image}u + (r % ${height}u + 1u) * ${row}u + ${groups}u + i % ${line}u];
		${[0, 1, 2, 3].map(real).join('\n\t\t')}`
	});
}

const numbersShader = (size: number) =>
	countShader({
		buffers: { numbers: 'r u32' },
		most: size,
		count: 'arrayLength(&numbers)',
		item: `add(i % ${TABLES}u, numbers[i]);`
	});

const differencesShader = (size: number) =>
	countShader({
		buffers: { numbers: 'r f32', before: 'r f32' },
		most: size,
		count: 'arrayLength(&numbers)',
		item: `add(i % ${TABLES}u, bitcast<u32>(numbers[i] - before[i]));`
	});

const clearShader = (count: number) =>
	shader(linear(count), { buffers: { counts: 'rw u32' }, main: 'counts[id.x] = 0u;' });

const copyShader = (count: number) =>
	shader(linear(count), {
		buffers: { numbers: 'r f32', copy: 'rw f32' },
		main: 'copy[id.x] = numbers[id.x];'
	});

/** What a step that counts runs besides, after each of its lists, and the counts, `STRIDE` integers for each histogram. */
export function countingOf(lane: Resources) {
	const { plan, maps, grids, parameters, allocate } = lane;
	const { layers } = plan.network;
	const total = HISTOGRAMS.length * layers.length * STRIDE;
	const counts = allocate(total * 4);
	const before = allocate(parameters.count * 4);
	const histogram = (what: HistogramName, layer: number): Region => ({
		buffer: counts,
		first: histogramIndex(what, layer, layers.length) * STRIDE,
		count: BINS
	});
	const { values, gradients } = parameters;
	const kernels = (what: HistogramName, numbers: GPUBuffer): Dispatch[] =>
		layers.map(({ kernel }, layer) => ({
			...(what === 'update' ? differencesShader : numbersShader)(parameters.places[kernel].count),
			buffers: {
				numbers: parameters.region(numbers, kernel),
				before: parameters.region(before, kernel),
				counts: histogram(what, layer)
			}
		}));
	return {
		counts,
		forward: [
			{ ...clearShader(total), buffers: { counts } },
			...countedMaps(plan).map(({ what, layer, buffer }): Dispatch => ({
				...mapShader(grids[buffer]),
				buffers: { z: maps[buffer], counts: histogram(what, layer) }
			}))
		],
		backward: [
			...kernels('gradient', gradients),
			...kernels('weight', values),
			{ ...copyShader(parameters.count), buffers: { numbers: values, copy: before } }
		],
		update: kernels('update', values)
	};
}
