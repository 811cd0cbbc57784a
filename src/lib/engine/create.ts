/** Builds an engine on the backend that tfjs stands on: our kernels where there are some, else tfjs's. */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend, getBackend } from '@tensorflow/tfjs-core';
import type { Engine, LaneSetup } from './engine';
import { UnplannedError } from './plan/plan';
import { TfjsEngine } from './tfjs/engine';
import { createWasmEngine } from './wasm/threads';
import { WebGlEngine } from './webgl/engine';
import { WebGpuEngine } from './webgpu/engine';

/**
 * Builds the networks on the backend that `chooseBackend` left tfjs on.
 * @param onLost called once when a thread of the processor that computed has ended; for devices see `watchDevice`
 * @throws RangeError when given weights do not fit a network
 */
export async function createEngine(
	setups: readonly LaneSetup[],
	onLost?: (detail: string) => void
): Promise<Engine> {
	try {
		if (getBackend() === 'wasm') return await createWasmEngine(setups, onLost);
		if (getBackend() === 'webgpu')
			return new WebGpuEngine(setups, (backend() as WebGPUBackend).device);
		if (getBackend() === 'webgl') return new WebGlEngine(setups, backend() as MathBackendWebGL);
	} catch (error) {
		// An operation that our kernels do not know yet: tfjs's do.
		if (!(error instanceof UnplannedError)) throw error;
	}
	return new TfjsEngine(setups);
}
