/**
 * Multiplies everything by one learned number: α of ReZero (Bachlechner et al. 2021) and of SkipInit (De and Smith
 * 2020).
 */
import { onePixel, type OpDef } from './definition';

export interface Scale {
	/** The number's initial value. */
	readonly initial: number;
	/**
	 * Weight λ of a penalty λ |α| on the number's size (the L1 norm, which brings numbers to 0; Huang and Wang 2018);
	 * absent for none. Its gradient λ sign(α) is added to that of the loss, so that α ends near 0 instead of at it; the
	 * reported loss omits the penalty, as it omits weight decay.
	 */
	readonly penalty?: number;
}

export const scale = {
	derive: (_, [x]) => ({ output: x, parameters: { scale: [1] } }),
	window: onePixel
} satisfies OpDef<Scale>;
