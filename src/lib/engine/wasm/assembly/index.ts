/** The kernels of the wasm backend, compiled by AssemblyScript into one module without its runtime. */
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

/** Address of the first byte of memory that is free for the caller. */
export function heapBase(): usize {
	return __heap_base;
}
