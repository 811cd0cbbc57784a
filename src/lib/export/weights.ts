/** Converts weights to PyTorch tensors with the names of the exported `model.py`; `reading/` is the way back. */
import { entry } from '$lib/base/entry';
import { initialParameters, startOf } from '$lib/engine/initialise';
import type { AnalysedNetwork, Average } from '$lib/network';
import { layoutsOf, tensorNames, tensorShape, toTensor } from './pytorch/names';
import type { Tensor } from './safetensors';

export interface Weights {
	/** Values by parameter name: kernels as HWIO, the dense matrix as [in, out]. */
	readonly parameters: ReadonlyMap<string, Float32Array>;
	/** Running averages by node id with `/mean` or `/variance`; empty before training. */
	readonly averages: ReadonlyMap<string, Float32Array>;
}

/** The lab's initial weights for a seed: those drawn, or those from which a lane without pre-training starts. */
export const freshWeights = (
	{ network }: AnalysedNetwork,
	seed: number,
	lane: Parameters<typeof startOf>[0] = {}
): Weights => ({
	parameters: startOf(lane, initialParameters(network, seed)),
	averages: new Map()
});

/** Initial running averages: mean 0, variance 1. */
export const freshAverage = ({ role, size }: Average) =>
	new Float32Array(size).fill(role === 'mean' ? 0 : 1);

/** Converts weights to tensors; missing running averages get their initial values. */
export function toTensors(
	network: AnalysedNetwork,
	{ parameters, averages }: Weights
): Map<string, Tensor> {
	const nameOf = tensorNames(network);
	const layoutOf = layoutsOf(network);
	const tensors = new Map<string, Tensor>();
	for (const parameter of network.parameters)
		tensors.set(nameOf(parameter), {
			shape: tensorShape(parameter),
			values: toTensor(layoutOf(parameter), entry(parameters, parameter.name))
		});
	for (const average of network.averages) {
		const values = averages.get(average.name) ?? freshAverage(average);
		tensors.set(nameOf(average), { shape: average.shape, values });
	}
	return tensors;
}
