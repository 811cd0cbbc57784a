/** The kernels of the wasm backend, compiled by AssemblyScript into one module without its runtime. */
export { addSlices, conv, convKernelGrad, packKernel, unpadKernel, widen } from './conv';
export {
	addSums,
	channelSums,
	clearPadding,
	combine,
	combineGrad,
	combineGradSums,
	deadChannels,
	mapSums,
	subsampleGrad
} from './combine';
export { dense, denseInputGrad, denseKernelGrad } from './dense';
export { crossEntropy } from './head';
export { histogram } from './histogram';
export { lrn, lrnGrad } from './lrn';
export { clear, copyChannels, drop, mapProduct, multiply, multiplySums, scale } from './maps';
export { pool, poolGrad } from './pooling';
export { norm, update } from './update';
export { packWinograd, winograd, winogradKernelGrad } from './winograd';

/** Address of the first byte of memory that is free for the caller. */
export function heapBase(): usize {
	return __heap_base;
}
