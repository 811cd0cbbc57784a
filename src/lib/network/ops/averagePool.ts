/** The mean of each window, channel by channel. */
import { slidSize, type OpDef } from './definition';

export interface AveragePool {
	readonly kernel: number;
	readonly stride: number;
}

export const averagePool = {
	derive: ({ kernel, stride }, [[h, w, c]]) => ({
		output: [slidSize(h, kernel, stride, 0), slidSize(w, kernel, stride, 0), c]
	}),
	window: ({ kernel, stride }) => ({ kernel, stride })
} satisfies OpDef<AveragePool>;
