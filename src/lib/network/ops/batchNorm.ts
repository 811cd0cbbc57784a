/** Batch normalisation (Ioffe and Szegedy 2015): y = γ (x − mean) / √(variance + ε) + β, channel by channel. */
import { onePixel, type NoFields, type OpDef } from './definition';

export const batchNorm = {
	derive(_, [x]) {
		const channels = x.slice(-1);
		return {
			output: x,
			parameters: { gamma: channels, beta: channels },
			averages: { mean: channels, variance: channels }
		};
	},
	window: onePixel
} satisfies OpDef<NoFields>;
