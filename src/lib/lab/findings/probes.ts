/** The probes: what the lab can show for every layer at every step, computed from the step's metrics, one value per column. */
import type { LaneMetrics } from '$lib/engine/engine';
import type { AnalysedNetwork } from '$lib/network';

/**
 * - `gradient`: L2 norm of the loss's gradient by the layer's kernel
 * - `gradient-rms`: that norm over the root of the number of weights
 * - `gradient-ratio`: that norm over the norm of the kernel
 * - `block-gradient`: L2 norm of the gradient by the output of the block that the layer is in
 * - `block-std`: standard deviation of that output
 * - `dead`: share of the channels after the layer's ReLU that are 0 for the whole batch
 * - `weight`: L2 norm of the kernel
 * - `update-ratio`: norm of the step's update of the kernel over the norm of the kernel
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
 * Values of a probe, one per column; null for a layer without one: the first and the last layer are in no block, not
 * every layer has a ReLU, and records of earlier versions lack some probes.
 */
export function probeValues(
	probe: Probe,
	{ layers, blocks, parameters }: AnalysedNetwork,
	metrics: LaneMetrics
): (number | null)[] {
	const { loss, gradientNorms, weightNorms, updateNorms, deadShares } = metrics;
	/** In a step whose other numbers are finite, NaN means that the probe was not measured; else NaN may be its value. */
	const finite = Number.isFinite(loss) && gradientNorms.every(Number.isFinite);
	const read = (value: number) => (finite ? known(value) : value);
	/** A ratio to the kernel's norm; null if the record lacks that norm or the kernel is all zeros. */
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
