/** What can be shown of every layer at every step: readings made of a step's metrics, by column of the network. */
import type { LaneMetrics } from '$lib/engine/engine';
import type { AnalysedNetwork } from '$lib/network';

/**
 * - `gradient`: L2 norm of the loss's gradient by the layer's kernel
 * - `gradient-rms`: that norm over the root of the number of weights
 * - `gradient-ratio`: that norm over the norm of the kernel
 * - `block-gradient`: L2 norm of the gradient by the output of the block that the layer is in
 * - `block-std`: standard deviation of that output
 * - `dead`: share of the channels behind the layer's ReLU that are 0 throughout the batch
 * - `weight`: L2 norm of the kernel
 * - `update-ratio`: norm of what the step adds to the kernel over the norm of the kernel
 */
export const PROBES = [
	'gradient',
	'gradient-rms',
	'gradient-ratio',
	'block-gradient',
	'block-std',
	'dead',
	'weight',
	'update-ratio'
] as const;
export type Probe = (typeof PROBES)[number];

/**
 * By column; null for a layer without such a reading: the first and the last are in no block, and not every layer has a
 * ReLU. Records of earlier versions do not have all readings.
 */
export function probeValues(
	probe: Probe,
	{ layers, blocks, parameters }: AnalysedNetwork,
	metrics: LaneMetrics
): (number | null)[] {
	const { loss, gradientNorms, weightNorms, updateNorms, deadShares } = metrics;
	/** Where all that a step computes is finite, NaN says that a reading was not made; else it may be what came out. */
	const finite = Number.isFinite(loss) && gradientNorms.every(Number.isFinite);
	const read = (value: number) => (finite ? known(value) : value);
	/** A share of the kernel's norm, which a record may not have and which a kernel of zeros has none of. */
	const ofWeight = (norm: number, i: number) =>
		known(weightNorms[i]) === null || (norm === 0 && weightNorms[i] === 0)
			? null
			: norm / weightNorms[i];
	switch (probe) {
		case 'gradient':
			return layers.map(({ kernel }) => gradientNorms[kernel]);
		case 'gradient-rms':
			return layers.map(({ kernel }) => gradientNorms[kernel] / Math.sqrt(parameters[kernel].size));
		case 'gradient-ratio':
			return layers.map(({ kernel }, i) => ofWeight(gradientNorms[kernel], i));
		case 'update-ratio':
			return layers.map((_, i) =>
				known(updateNorms[i]) === null ? null : ofWeight(updateNorms[i], i)
			);
		case 'weight':
			return Array.from(weightNorms, known);
		case 'dead':
			return Array.from(deadShares, known);
		case 'block-gradient':
			return byColumn(metrics.blockOutputGradientNorms);
		case 'block-std':
			return byColumn(metrics.blockOutputStd);
	}

	function byColumn(values: ArrayLike<number>): (number | null)[] {
		const columns = new Array<number | null>(layers.length).fill(null);
		for (const {
			index,
			columns: [first, last]
		} of blocks)
			columns.fill(read(values[index]), first, last + 1);
		return columns;
	}
}

const known = (value: number) => (Number.isNaN(value) ? null : value);
