/** What is right for a graphics card and wrong for a processor that poses as one, and the other way round. */
import { isSoftware } from '../adapters';

export interface Tuning {
	/**
	 * Pixels that a thread convolves, at most. On a card threads are what hides the way to memory; on a processor a
	 * load costs more than ten multiplications, so that larger tiles win.
	 */
	readonly pixels: 4 | 8;
	/** Threads that the gradient of a kernel is dealt out to; each adds partial sums to be added up. */
	readonly kernelGradThreads: number;
	/** Threads of a workgroup that adds up, a power of 2: barriers cost a processor more than the additions. */
	readonly joiners: number;
}

export const CARD: Tuning = { pixels: 4, kernelGradThreads: 8192, joiners: 64 };
export const PROCESSOR: Tuning = { pixels: 8, kernelGradThreads: 1024, joiners: 1 };

/** By what the adapter says of itself. */
export function tuningOf({ adapterInfo }: GPUDevice): Tuning {
	const { architecture, description } = adapterInfo;
	return isSoftware(`${architecture} ${description}`) ? PROCESSOR : CARD;
}
