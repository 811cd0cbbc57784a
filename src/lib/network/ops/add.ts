/**
 * y = F(x) + gate · x: its inputs are the residual branch and the shortcut, in this order, and any others; the shortcut
 * is multiplied by its gate.
 */
import { listed, onePixel, sameShape, type NoFields, type OpDef } from './definition';

export const add = {
	check: (_, inputs) =>
		inputs.length < 2 || inputs.some((input) => input.join() !== inputs[0].join())
			? `adds ${listed(inputs)}, which differ`
			: null,
	derive: sameShape,
	window: onePixel
} satisfies OpDef<NoFields>;
