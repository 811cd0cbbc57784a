/**
 * Histograms of a lane's layers, counted at some steps: how many values have which sign and which power of two. A bin is
 * the sign and the exponent of a 32-bit float, which are its upper nine bits, so no edge has to be chosen and no value
 * is cut off.
 */
import type { Convolution, Plan } from './plan/plan';

/**
 * What is counted of every layer, in this order. `gradient`, `weight` and `update` are of its kernel: the gradient
 * before clipping, the values before the step, and by how much the step changed them. `before` is the output of the
 * convolution without its bias, and `after` that of the operation into which normalisation, addition and activation
 * behind it are fused (`Combine` in the plan): for the last layer of a residual block, the maps before and after the
 * addition. A layer without such maps has none counted.
 */
export const HISTOGRAMS = ['gradient', 'weight', 'update', 'before', 'after'] as const;
export type HistogramName = (typeof HISTOGRAMS)[number];

/** The bin of 0 and −0. */
export const ZERO_BIN = 512;
/** Number of bins: one for each upper nine bits of a float, and that of zeros. */
export const BINS = ZERO_BIN + 1;

/** Index of a layer's histogram among all `[HISTOGRAMS][layers]`. */
export const histogramIndex = (what: HistogramName, layer: number, layers: number): number =>
	HISTOGRAMS.indexOf(what) * layers + layer;

/** Where the bins of a layer's histogram begin among all counts `[HISTOGRAMS][layers][BINS]`. */
export const binsAt = (what: HistogramName, layer: number, layers: number): number =>
	histogramIndex(what, layer, layers) * BINS;

export const noCounts = (layers: number) => new Uint32Array(HISTOGRAMS.length * layers * BINS);

/** Adds values to the bins that begin at `at`. */
export function countValues(counts: Uint32Array, at: number, values: Float32Array): void {
	const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
	for (let i = 0; i < bits.length; i++) {
		const bin = bits[i] << 1 === 0 ? ZERO_BIN : bits[i] >>> 23;
		counts[at + bin]++;
	}
}

/** The kernels of all layers around a step; the update is the difference of the 32-bit weights. */
export function countKernels(
	counts: Uint32Array,
	kernels: Readonly<Record<'gradient' | 'before' | 'after', readonly Float32Array[]>>
): void {
	const layers = kernels.before.length;
	for (const [layer, before] of kernels.before.entries()) {
		const after = kernels.after[layer];
		countValues(counts, binsAt('gradient', layer, layers), kernels.gradient[layer]);
		countValues(counts, binsAt('weight', layer, layers), before);
		countValues(
			counts,
			binsAt('update', layer, layers),
			after.map((value, i) => value - before[i])
		);
	}
}

/** A map of a layer that is counted. */
export interface CountedMap {
	readonly what: 'before' | 'after';
	readonly layer: number;
	/** Its buffer in the plan. */
	readonly buffer: number;
	/** The node whose output it is. */
	readonly node: string;
}

/** The convolution of a layer; undefined for a dense layer. @param kernel index of the layer's kernel among the parameters */
export const convOf = ({ forward }: Plan, kernel: number): Convolution | undefined =>
	forward.find((op): op is Convolution => op.kind === 'conv' && op.weights === kernel);

/** The maps of a plan that are counted between forward and backward pass, which overwrites some of them. */
export function countedMaps(plan: Plan): CountedMap[] {
	const { network, forward } = plan;
	return network.layers.flatMap(({ kernel }, layer) => {
		const conv = convOf(plan, kernel);
		if (!conv) return [];
		const first = forward.find((op) => op.kind === 'combine' && op.y === conv.y);
		const before = { what: 'before', layer, buffer: conv.y, node: conv.node } as const;
		if (first?.kind !== 'combine') return before;
		const { end } = first;
		const last = forward.findLast((op) => op.kind === 'combine' && op.end === end);
		if (last?.kind !== 'combine') return before;
		return [before, { what: 'after', layer, buffer: last.z, node: end } as const];
	});
}
