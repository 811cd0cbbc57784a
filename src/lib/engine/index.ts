/**
 * The engine: chooses a backend and trains networks on it. Only this folder imports tfjs; the rest of the app uses the
 * `Engine` interface.
 */
export * from './engine';
export { chooseBackend, NoBackendError } from './backends';
export { BackendError, openBackend, type Backend } from './tfjs/backend';
export { createEngine } from './create';
export { MemoryError } from './memory';
export { initialParameters, normalDraws, startOf } from './initialise';
export { firstNotFinite } from './diagnose';
export { updatedState } from './optimiser';
export {
	batchLoss,
	gradientPasses,
	nodeGradients,
	nodeOutputs,
	type BackwardRequest,
	type NodeGradients,
	type Way,
	type Ways
} from './inspect';
