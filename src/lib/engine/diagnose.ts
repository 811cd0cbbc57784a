/** Finds the place in a step where the first non-finite number appeared. */
import type { Batch } from '$lib/base/image';
import type { LaneSetup, NotFinite } from './engine';
import { UnplannedError } from './plan/plan';
import { openBackend } from './tfjs/backend';
import { TfjsEngine } from './tfjs/engine';
import { WasmEngine } from './wasm/engine';

/**
 * Repeats a step of a lane layer by layer on wasm, whatever the backend; by the reference, if our kernels lack an
 * operation of the network.
 * @param setup the network with the state and gates from before the step
 * @returns null if every value is finite here
 */
export async function firstNotFinite(setup: LaneSetup, batch: Batch): Promise<NotFinite | null> {
	try {
		const engine = await WasmEngine.create([setup]);
		return await engine.firstNotFinite(0, batch);
	} catch (error) {
		if (!(error instanceof UnplannedError)) throw error;
	}
	const engine = new TfjsEngine(await openBackend('wasm'), [setup]);
	try {
		return await engine.firstNotFinite(0, batch);
	} finally {
		engine.dispose();
	}
}
