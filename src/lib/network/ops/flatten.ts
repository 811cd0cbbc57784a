/** Flattens a map into a vector, in the order of its layout. */
import { product, wholeMap, type NoFields, type OpDef } from './definition';

export const flatten = {
	derive: (_, [x]) => ({ output: [product(x)] }),
	window: wholeMap
} satisfies OpDef<NoFields>;
