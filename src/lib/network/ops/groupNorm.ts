/**
 * Group normalisation (Wu and He 2018): y = γ (x − mean) / √(variance + ε) + β, mean and variance of a group of channels of
 * one image, in training and evaluation alike; γ and β by channel.
 */
import { onePixel, type OpDef } from './definition';

export interface GroupNorm {
	/** Number of groups; each has the same number of consecutive channels. */
	readonly groups: number;
}

/** Largest number of groups. */
const MOST = 8;

/** Group normalisation with as many equal groups as possible, up to `MOST`. */
export function groupNormOf(channels: number) {
	let groups = Math.min(MOST, channels);
	while (channels % groups) groups--;
	return { type: 'groupNorm', groups } as const;
}

export const groupNorm = {
	check: ({ groups }, [x]) =>
		x[x.length - 1] % groups ? `${x[x.length - 1]} channels in ${groups} groups` : null,
	derive(_, [x]) {
		const channels = x.slice(-1);
		return { output: x, parameters: { gamma: channels, beta: channels } };
	},
	// Like batch normalisation: receptive fields ignore statistics.
	window: onePixel
} satisfies OpDef<GroupNorm>;
