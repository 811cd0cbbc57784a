/** Sets values to 0 with a probability and multiplies the rest by 1 / (1 − rate), in training only. */
import { onePixel, sameShape, type OpDef } from './definition';

export interface Dropout {
	readonly rate: number;
	/**
	 * Set to draw once for all values of an image: stochastic depth, on a residual branch (Huang et al. 2016; here scaled
	 * in training instead of in evaluation).
	 */
	readonly per?: 'image';
}

export const dropout = { derive: sameShape, window: onePixel } satisfies OpDef<Dropout>;
