/** The mean of each channel over all pixels. */
import { wholeMap, type NoFields, type OpDef } from './definition';

export const globalAveragePool = {
	derive: (_, [x]) => ({ output: [x[x.length - 1]] }),
	window: wholeMap
} satisfies OpDef<NoFields>;
