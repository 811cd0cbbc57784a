/** Finds the place in a step where the first non-finite number appeared. */
import type { Batch } from '$lib/base/image';
import type { LaneSetup, NotFinite } from './engine';
import { UnplannedError } from './plan/plan';
import { WasmEngine } from './wasm/engine';

/**
 * Repeats a step of a lane layer by layer on wasm, whatever the backend.
 * @param setup the network with the state and gates from before the step
 * @returns null if every value is finite here, or if our kernels lack an operation of the network
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
