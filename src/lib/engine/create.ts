/** Builds an engine on the backend that tfjs stands on: our kernels where there are some, else tfjs's. */
import { getBackend } from '@tensorflow/tfjs-core';
import type { Engine, LaneSetup } from './engine';
import { UnplannedError } from './plan/plan';
import { TfjsEngine } from './tfjs/engine';
import { WasmEngine } from './wasm/engine';

/**
 * Builds the networks on the backend that `chooseBackend` left tfjs on.
 * @throws RangeError when given weights do not fit a network
 */
export async function createEngine(setups: readonly LaneSetup[]): Promise<Engine> {
	try {
		if (getBackend() === 'wasm') return await WasmEngine.create(setups);
	} catch (error) {
		// An operation that our kernels do not know yet: tfjs's do.
		if (!(error instanceof UnplannedError)) throw error;
	}
	return new TfjsEngine(setups);
}
