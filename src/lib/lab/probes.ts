/** What can be shown of every layer at every step: readings made of a step's metrics, by column of the network. */
import type { LaneMetrics } from '$lib/engine/engine';
import type { AnalysedNetwork } from '$lib/network';

/**
 * - `gradient`: L2 norm of the loss's gradient by the layer's kernel
 * - `gradient-rms`: that norm over the root of the number of weights
 * - `block-gradient`: L2 norm of the gradient by the output of the block that the layer is in
 * - `block-std`: standard deviation of that output
 */
export const PROBES = ['gradient', 'gradient-rms', 'block-gradient', 'block-std'] as const;
export type Probe = (typeof PROBES)[number];

/** By column; null for a layer without such a reading: the first and the last are in no block. */
export function probeValues(
	probe: Probe,
	{ layers, blocks, parameters }: AnalysedNetwork,
	metrics: LaneMetrics
): (number | null)[] {
	if (probe === 'gradient') return layers.map(({ kernel }) => metrics.gradientNorms[kernel]);
	if (probe === 'gradient-rms')
		return layers.map(
			({ kernel }) => metrics.gradientNorms[kernel] / Math.sqrt(parameters[kernel].size)
		);
	const values =
		probe === 'block-gradient' ? metrics.blockOutputGradientNorms : metrics.blockOutputStd;
	const columns = new Array<number | null>(layers.length).fill(null);
	for (const {
		index,
		columns: [first, last]
	} of blocks)
		columns.fill(values[index], first, last + 1);
	return columns;
}
