/** Finds out where a step that gave no finite numbers went wrong. */
import type { Batch, LaneSetup } from './engine';
import { UnplannedError } from './plan/plan';
import { WasmEngine } from './wasm/engine';

/** Where in a step a value that is not finite appears first. */
export interface NotFinite {
	/** The node, as in the description. */
	readonly node: string;
	/** In its output, or in the gradient that passes it. */
	readonly pass: 'forward' | 'backward';
}

/**
 * Goes once more through a step of a lane, layer by layer, on the processor, whatever the backend.
 * @param setup with the state and the gates that the step had
 * @returns null when every value is finite here, or the network has an operation without kernels
 */
export async function firstNotFinite(setup: LaneSetup, batch: Batch): Promise<NotFinite | null> {
	try {
		const engine = await WasmEngine.create([setup]);
		return engine.firstNotFinite(0, batch);
	} catch (error) {
		if (error instanceof UnplannedError) return null;
		throw error;
	}
}
