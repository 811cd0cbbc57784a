/**
 * Reads what single nodes of a network put out. Our kernels take normalisation, addition and activation together and
 * never write down what lies between; so a forward pass of the reference, which walks the description, is made beside.
 */
import type { Batch } from '$lib/base/image';
import type { LaneSetup } from './engine';
import type { Backend } from './tfjs/backend';
import { TfjsEngine } from './tfjs/engine';

/**
 * Outputs of the given nodes for a batch, `[N, ...outputShape]` each, normalised by the running averages as in
 * evaluation. Agrees with the lane's own engine but for rounding.
 * @param setup with the state and the gates that the lane has
 * @throws RangeError naming a node that the network does not have
 */
export async function nodeOutputs(
	backend: Backend,
	setup: LaneSetup,
	batch: Batch,
	nodes: readonly string[]
): Promise<Map<string, Float32Array>> {
	const engine = new TfjsEngine(backend, [setup]);
	try {
		return await engine.outputs(0, batch, nodes);
	} finally {
		engine.dispose();
	}
}
