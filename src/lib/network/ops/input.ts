/** The input images. */
import { onePixel, sameShape, type NoFields, type OpDef } from './definition';

export const input = { derive: sameShape, window: onePixel } satisfies OpDef<NoFields>;
