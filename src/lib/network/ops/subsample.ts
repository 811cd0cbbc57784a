/** Option A's shortcut where the shape changes (He et al. 2015, §3.3): every `stride`-th pixel, new channels filled with 0. */
import type { OpDef } from './definition';

export interface Subsample {
	readonly stride: number;
	readonly channels: number;
}

export const subsample = {
	check: ({ channels }, [[, , c]]) =>
		channels < c ? `${channels} channels are fewer than its input's ${c}` : null,
	derive: ({ stride, channels }, [[h, w]]) => ({
		output: [Math.ceil(h / stride), Math.ceil(w / stride), channels]
	}),
	window: ({ stride }) => ({ kernel: 1, stride })
} satisfies OpDef<Subsample>;
