/** Builds an engine on a backend: with our kernels if they can train the networks, else with tfjs's. */
import type { Engine, LaneSetup } from './engine';
import { UnplannedError } from './plan/plan';
import type { Backend } from './tfjs/backend';
import { TfjsEngine } from './tfjs/engine';
import { createWasmEngine } from './wasm/threads';
import { WebGlEngine } from './webgl/engine';
import { WebGpuEngine } from './webgpu/engine';

/**
 * Builds the networks on an open backend.
 * @param onLost called once if a wasm thread ends by itself; for devices see `Backend.lost`
 * @throws RangeError if given weights do not fit a network
 */
export async function createEngine(
	backend: Backend,
	setups: readonly LaneSetup[],
	onLost?: (detail: string) => void
): Promise<Engine> {
	try {
		switch (backend.name) {
			case 'wasm':
				return await createWasmEngine(setups, onLost);
			case 'webgpu':
				return new WebGpuEngine(setups, backend.tfjs.device);
			case 'webgl':
				return new WebGlEngine(setups, backend.tfjs);
		}
	} catch (error) {
		if (!(error instanceof UnplannedError)) throw error;
		// Our kernels lack an operation; tfjs's may have it.
		return new TfjsEngine(backend, setups, error);
	}
	return new TfjsEngine(backend, setups);
}
