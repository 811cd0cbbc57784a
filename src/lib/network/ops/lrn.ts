/**
 * Local response normalisation over neighbouring channels (Krizhevsky et al. 2012, §3.3):
 * y = x / (k + α Σ x²)^β, the sum over `size` channels around its own.
 */
import { onePixel, sameShape, type OpDef } from './definition';

export interface Lrn {
	readonly size: number;
	readonly alpha: number;
	readonly beta: number;
	readonly k: number;
}

export const lrn = { derive: sameShape, window: onePixel } satisfies OpDef<Lrn>;
