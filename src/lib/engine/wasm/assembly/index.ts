/** The kernels of the wasm backend, compiled by AssemblyScript to one module without a runtime of its own. */
export { conv, convKernelGrad, packKernel, unpadKernel } from './conv';
export {
	clearPadding,
	combine,
	combineGrad,
	combineGradSums,
	deadChannels,
	mapSums,
	moments,
	subsampleGrad
} from './combine';
export { crossEntropy, dense, denseGrad, pool, poolGrad } from './head';
export { norm, update } from './update';

/** First byte of the memory that is free for the caller. */
export function heapBase(): usize {
	return __heap_base;
}
