/** Two-dimensional convolution, dense or in groups. */
import { product, slidSize, type OpDef } from './definition';

export interface Conv {
	readonly filters: number;
	/** Height and width of the kernel. */
	readonly kernel: readonly [number, number];
	readonly stride: number;
	/** Zeros added on each of the four sides, as in the paper's code; never 'same'. */
	readonly padding: number;
	readonly bias: boolean;
	/** Number of groups of channels that are convolved separately; 1 when absent. */
	readonly groups?: number;
	/** Initial value of its biases; 0 when absent. */
	readonly initialBias?: number;
}

export const conv = {
	weighted: true,
	check({ filters, kernel: [kh, kw], padding, groups = 1 }, [[h, w, c]]) {
		if (c % groups || filters % groups)
			return `${c} and ${filters} channels do not fall into ${groups} groups`;
		if (h + 2 * padding < kh || w + 2 * padding < kw)
			return `an input of ${h}×${w} is too small for its kernel`;
		return null;
	},
	derive({ filters, kernel: [kh, kw], stride, padding, bias, groups = 1 }, [[h, w, c]]) {
		const rows = slidSize(h, kh, stride, padding);
		const columns = slidSize(w, kw, stride, padding);
		const kernel = [kh, kw, c / groups, filters];
		return {
			output: [rows, columns, filters],
			parameters: { kernel, ...(bias ? { bias: [filters] } : {}) },
			macs: rows * columns * product(kernel)
		};
	},
	window: ({ kernel, stride }) => ({ kernel: Math.max(...kernel), stride })
} satisfies OpDef<Conv>;
