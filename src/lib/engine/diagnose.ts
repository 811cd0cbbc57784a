/** Finds out where a step that gave no finite numbers went wrong. */
import type { Batch } from '$lib/base/image';
import type { LaneSetup, NotFinite } from './engine';
import { UnplannedError } from './plan/plan';
import { WasmEngine } from './wasm/engine';

/**
 * Goes once more through a step of a lane, layer by layer, on the processor, whatever the backend.
 * @param setup with the state and the gates that the step had
 * @returns null when every value is finite here, or the network has an operation without kernels
 */
export async function firstNotFinite(setup: LaneSetup, batch: Batch): Promise<NotFinite | null> {
	try {
		const engine = await WasmEngine.create([setup]);
		return await engine.firstNotFinite(0, batch);
	} catch (error) {
		if (error instanceof UnplannedError) return null;
		throw error;
	}
}
