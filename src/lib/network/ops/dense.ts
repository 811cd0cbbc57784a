/** A fully connected layer. */
import { product, wholeMap, type OpDef } from './definition';

export interface Dense {
	readonly units: number;
	readonly bias: boolean;
}

export const dense = {
	weighted: true,
	derive({ units, bias }, [[inputs]]) {
		const kernel = [inputs, units];
		return {
			output: [units],
			parameters: { kernel, ...(bias ? { bias: [units] } : {}) },
			macs: product(kernel)
		};
	},
	window: wholeMap
} satisfies OpDef<Dense>;
