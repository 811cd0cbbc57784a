/** The largest value of each window, channel by channel. */
import { slidSize, type OpDef } from './definition';

export interface MaxPool {
	readonly kernel: number;
	readonly stride: number;
	readonly padding: number;
	/** Whether a window that starts inside the input counts even if it ends outside. */
	readonly ceil: boolean;
}

export const maxPool = {
	derive: (op, [[h, w, c]]) => ({ output: [pooledSize(h, op), pooledSize(w, op), c] }),
	window: ({ kernel, stride }) => ({ kernel, stride })
} satisfies OpDef<MaxPool>;

/** Output length along one axis; windows that would start outside the input are left out. */
function pooledSize(size: number, { kernel, stride, padding, ceil }: MaxPool): number {
	if (!ceil) return slidSize(size, kernel, stride, padding);
	const steps = Math.ceil((size + 2 * padding - kernel) / stride);
	return steps * stride >= size + padding ? steps : steps + 1;
}
