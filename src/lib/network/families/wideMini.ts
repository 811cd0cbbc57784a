/**
 * Wide residual networks at class size (Zagoruyko and Komodakis 2016): few blocks with pre-activation, `factor` times as
 * wide as the stem. 6n + 2 layers, counted as in the other families: the paper counts three projections instead of the
 * dense layer, so its WRN-10-k has 8 layers here. Simplified: fewer channels, no dropout within blocks.
 */
import { among, whole } from './family';
import { depthsFrom, MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { basicBranch, ResidualBuilder } from './residual';

export interface WideMiniOptions extends MiniOptions {
	/** 6n + 2. */
	readonly depth: number;
	/** Channels of the first stage, as a multiple of the stem's: k of the paper. */
	readonly factor: number;
}

export const BASIC_DEPTHS = depthsFrom(8, 6, 110);

export const wideMini = miniFamily<WideMiniOptions>({
	name: 'wide-mini',
	words: 'wide(?:resnet|residualnetwork)?|wrn',
	source: 'Zagoruyko and Komodakis 2016, arXiv:1605.07146',
	own: { depth: among(BASIC_DEPTHS), factor: whole([1, 10]) },
	defaults: { ...MINI_DEFAULTS, depth: 8, width: 8, factor: 3 },
	build({ depth, width, factor, ...style }, about) {
		const b = new ResidualBuilder({ ...style, shortcut: 'B', pre: true });
		b.small({
			width,
			count: (depth - 2) / 6,
			branch: (s, stride) => basicBranch(width * factor * 2 ** s, stride),
			classes: about.classes
		});
		return b.network({ ...about, depth });
	}
});
