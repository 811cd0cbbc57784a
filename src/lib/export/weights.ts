/** Converts weights to PyTorch tensors with the names of the exported `model.py`, and back. */
import { entry } from '$lib/base/entry';
import { initialParameters } from '$lib/engine/initialise';
import type { AnalysedNetwork, Average } from '$lib/network';
import { fromTensor, tensorNames, tensorShape, toTensor } from './pytorch/names';
import { SafetensorsError, type Tensor } from './safetensors';

export interface Weights {
	/** Values by parameter name: kernels as HWIO, the dense matrix as [in, out]. */
	readonly parameters: ReadonlyMap<string, Float32Array>;
	/** Running averages by node id with `/mean` or `/variance`; empty before training. */
	readonly averages: ReadonlyMap<string, Float32Array>;
}

/** The lab's initial weights for a seed. */
export const freshWeights = ({ network }: AnalysedNetwork, seed: number): Weights => ({
	parameters: initialParameters(network, seed),
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
	const tensors = new Map<string, Tensor>();
	for (const parameter of network.parameters)
		tensors.set(nameOf(parameter), {
			shape: tensorShape(parameter),
			values: toTensor(parameter, entry(parameters, parameter.name))
		});
	for (const average of network.averages) {
		const values = averages.get(average.name) ?? freshAverage(average);
		tensors.set(nameOf(average), { shape: average.shape, values });
	}
	return tensors;
}

/** @throws SafetensorsError naming a tensor that is missing or has the wrong shape, with the expected shape */
export function fromTensors(
	network: AnalysedNetwork,
	tensors: ReadonlyMap<string, Tensor>
): Weights {
	const nameOf = tensorNames(network);
	const take = (name: string, shape: readonly number[]) => {
		const tensor = tensors.get(name);
		const expected = `[${shape.join(', ')}]`;
		if (!tensor) throw new SafetensorsError(`no tensor ${name}: expected one of shape ${expected}`);
		if (tensor.shape.join() !== shape.join())
			throw new SafetensorsError(
				`${name}: expected the shape ${expected}, received [${tensor.shape.join(', ')}]`
			);
		return tensor.values;
	};
	return {
		parameters: new Map(
			network.parameters.map((parameter) => [
				parameter.name,
				fromTensor(parameter, take(nameOf(parameter), tensorShape(parameter)))
			])
		),
		averages: new Map(
			network.averages.map((average) => [average.name, take(nameOf(average), average.shape)])
		)
	};
}
