/** What is right for a graphics card and wrong for a processor that poses as one, and the other way round. */
import { isSoftware } from '../adapters';

export interface Tuning {
	/**
	 * Pixels that a thread convolves, at most. On a card threads are what hides the way to memory; on a processor a
	 * load costs more than ten multiplications, so that larger tiles win.
	 */
	readonly pixels: 4 | 8;
	/** Threads below which tiles of pixels and channels are made smaller, where a map is small: idle threads hide nothing. */
	readonly crowd: number;
	/** Threads that the gradient of a kernel is dealt out to, and into how many slices of the batch at most. */
	readonly kernelGradThreads: number;
	readonly kernelGradSlices: number;
	/** Pixels that such a slice has at least: partial sums of fewer cost more memory than their threads save time. */
	readonly kernelGradPixels: number;
	/** Threads that a sum over a map is dealt out to. */
	readonly sumThreads: number;
	/** Threads of a workgroup that adds such sums up, a power of 2: barriers cost a processor more than the additions. */
	readonly joiners: number;
	/** Likewise of those that add up the slices of one number of a kernel's gradient. */
	readonly kernelGradJoiners: number;
	/** Likewise of those that make one norm. */
	readonly norms: number;
}

export const CARD: Tuning = {
	pixels: 4,
	crowd: 8192,
	kernelGradThreads: 24576,
	kernelGradSlices: 512,
	kernelGradPixels: 32,
	sumThreads: 8192,
	joiners: 128,
	kernelGradJoiners: 16,
	norms: 256
};
const PROCESSOR: Tuning = {
	pixels: 8,
	crowd: 0,
	kernelGradThreads: 1024,
	kernelGradSlices: 256,
	kernelGradPixels: 1,
	sumThreads: 0,
	joiners: 1,
	kernelGradJoiners: 1,
	norms: 64
};

/** By what the adapter says of itself. */
export function tuningOf({ adapterInfo }: GPUDevice): Tuning {
	const { architecture, description } = adapterInfo;
	return isSoftware(`${architecture} ${description}`) ? PROCESSOR : CARD;
}
