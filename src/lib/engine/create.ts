/** Builds an engine on a backend: our kernels where there are some, else tfjs's. */
import type { Engine, LaneSetup } from './engine';
import { UnplannedError } from './plan/plan';
import type { Backend } from './tfjs/backend';
import { TfjsEngine } from './tfjs/engine';
import { createWasmEngine } from './wasm/threads';
import { WebGlEngine } from './webgl/engine';
import { WebGpuEngine } from './webgpu/engine';

/**
 * Builds the networks on a backend that has been opened.
 * @param onLost called once when a thread of the processor that computed has ended; for devices see `Backend.lost`
 * @throws RangeError when given weights do not fit a network
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
		// An operation that our kernels do not know yet: tfjs's do.
		if (!(error instanceof UnplannedError)) throw error;
	}
	return new TfjsEngine(backend, setups);
}
