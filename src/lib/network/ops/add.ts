/** y = F(x) + gate · x: its inputs are the residual branch and the shortcut, in this order; the shortcut is multiplied by its gate. */
import { listed, onePixel, sameShape, type NoFields, type OpDef } from './definition';

export const add = {
	check: (_, inputs) =>
		inputs.length !== 2 || inputs[0].join() !== inputs[1].join()
			? `adds ${listed(inputs)}, which differ`
			: null,
	derive: sameShape,
	window: onePixel
} satisfies OpDef<NoFields>;
