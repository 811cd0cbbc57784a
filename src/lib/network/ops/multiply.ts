/**
 * Multiplies its first input by the second: of the same shape, or one factor per channel (squeeze-and-excitation, Hu et
 * al. 2018). With `complement` by 1 minus the second (the carry gate of highway networks, Srivastava et al. 2015).
 */
import { listed, onePixel, sameShape, type OpDef } from './definition';

export interface Multiply {
	readonly complement?: true;
}

export const multiply = {
	check: (_, inputs) => {
		const [x, factor] = inputs;
		const fits =
			inputs.length === 2 &&
			(factor.join() === x.join() || factor.join() === String(x[x.length - 1]));
		return fits ? null : `multiplies ${listed(inputs)}, which do not fit`;
	},
	derive: sameShape,
	window: onePixel
} satisfies OpDef<Multiply>;
