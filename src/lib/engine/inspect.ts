/**
 * Reads the outputs of single nodes of a network. Our kernels fuse normalisation, addition and activation and never
 * store intermediate results, so this uses a forward pass of the reference, which walks the description.
 */
import type { Batch } from '$lib/base/image';
import type { LaneSetup } from './engine';
import type { Backend } from './tfjs/backend';
import { TfjsEngine } from './tfjs/engine';

/**
 * Outputs of the given nodes for a batch, `[N, ...outputShape]` each, normalised by the running averages as in
 * evaluation. They agree with the lane's own engine up to rounding.
 * @param setup the network with the lane's present state and gates
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
