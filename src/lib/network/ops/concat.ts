/** Joins the channels of its inputs. */
import { listed, onePixel, type NoFields, type OpDef } from './definition';

export const concat = {
	check: (_, inputs) =>
		inputs.some(([h, w]) => h !== inputs[0][0] || w !== inputs[0][1])
			? `joins ${listed(inputs)}, which differ in size`
			: null,
	derive: (_, inputs) => {
		const [[h, w]] = inputs;
		return { output: [h, w, inputs.reduce((total, [, , channels]) => total + channels, 0)] };
	},
	window: onePixel
} satisfies OpDef<NoFields>;
