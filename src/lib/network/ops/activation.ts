/** An activation function, applied to each value. */
import { onePixel, sameShape, type OpDef } from './definition';

export const ACTIVATIONS = ['relu', 'leaky-relu', 'tanh', 'sigmoid'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** Slope of a leaky ReLU for negative values (Maas et al. 2013). */
export const LEAKY_SLOPE = 0.01;

export interface Activated {
	readonly activation: Activation;
}

export const activation = { derive: sameShape, window: onePixel } satisfies OpDef<Activated>;
