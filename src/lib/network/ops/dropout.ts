/** Sets values to 0 with a probability and multiplies the rest by 1 / (1 − rate), in training only. */
import { onePixel, sameShape, type OpDef } from './definition';

export interface Dropout {
	readonly rate: number;
}

export const dropout = { derive: sameShape, window: onePixel } satisfies OpDef<Dropout>;
