/**
 * Group normalisation (Wu and He 2018): y = γ (x − mean) / √(variance + ε) + β, mean and variance of a group of channels of
 * one image, in training and evaluation alike; γ and β by channel.
 */
import { onePixel, type OpDef } from './definition';

export interface GroupNorm {
	/** Of as many channels each, one after another. */
	readonly groups: number;
}

/** The most groups that channels are put into. */
const MOST = 8;

/** As many groups of equal size as there can be, at most eight. */
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
	// As for batch normalisation: a receptive field is of values, not of statistics.
	window: onePixel
} satisfies OpDef<GroupNorm>;
