/** The memory that classifying a photograph takes, told before it is taken; the rules are those of `engine/inference.ts`. */
import { entry } from '$lib/base/entry';
import type { AnalysedNetwork, Shape } from '$lib/network';

/** Bytes of a number: all are 32-bit floats. */
const BYTES = 4;
/** Bytes with which tfjs's wasm heap begins. */
const HEAP = 2 ** 24;
const sizeOf = (shape: Shape) => shape.reduce((a, b) => a * b, 1);

export interface InferenceBytes {
	/** One copy of the parameters and running averages. */
	readonly weights: number;
	/** tfjs's heap: outputs that are alive together with the kernel that is being read and its packed copy, at their most. */
	readonly maps: number;
	/** The largest tensor as the file has it, beside its values in the app's order, while weights are read. */
	readonly reading: number;
	/** What is taken at most: maps and the reading of weights do not meet. */
	readonly total: number;
}

export function inferenceBytes({ nodes, parameters, averages }: AnalysedNetwork): InferenceBytes {
	const sizes = [...parameters, ...averages].map(({ size }) => size);
	const lastReader = new Map<string, string>();
	const run = nodes.filter(({ node }) => !node.auxiliary);
	for (const { node } of run) for (const id of node.inputs) lastReader.set(id, node.id);
	const alive = new Map<string, number>();
	let most = 0;
	for (const { node, outputShape, parameters: own } of run) {
		alive.set(node.id, sizeOf(outputShape));
		// Dense layers read their matrix where it is.
		const kernel = node.type === 'dense' ? 0 : own.reduce((sum, { size }) => sum + size, 0);
		const { groups = 1 } = node.type === 'conv' ? node : {};
		const maps = [...alive.values()].reduce((a, b) => a + b, 0);
		most = Math.max(most, maps + (1 + groups) * kernel);
		for (const id of new Set(node.inputs)) if (entry(lastReader, id) === node.id) alive.delete(id);
	}
	const weights = BYTES * sizes.reduce((a, b) => a + b, 0);
	const maps = HEAP + BYTES * most;
	const reading = BYTES * Math.max(...sizes);
	return { weights, maps, reading, total: weights + Math.max(maps, reading) };
}
