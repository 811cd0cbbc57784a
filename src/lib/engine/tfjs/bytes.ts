/** What training takes on tfjs's kernels, which allocate while they compute. */
import type { AnalysedNetwork, AnalysedNode } from '$lib/network';
import { entry } from '$lib/base/entry';

/** Most temporary maps of an operation at once, those of a normalisation's gradient. */
const TEMPORARY = 8;

const product = (shape: readonly number[]) => shape.reduce((size, side) => size * side, 1);

/**
 * Bytes of the tensors that lanes hold at most, one step after another: values, velocities, squares and gradients of the
 * parameters; in a step, the output of every node, and what the largest operation holds meanwhile. An estimate from above.
 */
export function bytesOf(networks: readonly AnalysedNetwork[], images: number): number {
	const parameters = networks.map(({ parameterCount }) => parameterCount);
	const kept = parameters.reduce((sum, count) => sum + 3 * count, 0);
	const steps = networks.map(({ nodes }) => images * numbersOf(nodes));
	return 4 * (kept + Math.max(...parameters) + Math.max(...steps));
}

/** Numbers of an image in a step. */
function numbersOf(nodes: readonly AnalysedNode[]): number {
	const shapes = new Map(nodes.map(({ node, outputShape }) => [node.id, outputShape]));
	let [kept, most] = [0, 0];
	for (const { node, outputShape } of nodes) {
		const output = product(outputShape);
		const inputs = node.inputs.map((id) => entry(shapes, id));
		// A dropout keeps its mask too.
		kept += node.type === 'dropout' ? 2 * output : output;
		// A convolution's gradient has the patch of the input for each pixel of the output.
		const meanwhile =
			node.type === 'conv'
				? product(node.kernel) * (output / node.filters) * (inputs[0].at(-1) ?? 1)
				: TEMPORARY * Math.max(output, ...inputs.map(product));
		const gradients = output + 2 * inputs.reduce((sum, shape) => sum + product(shape), 0);
		most = Math.max(most, meanwhile + gradients);
	}
	return kept + most;
}
