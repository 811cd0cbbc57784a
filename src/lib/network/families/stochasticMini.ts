/**
 * Stochastic depth at class size (Huang et al. 2016): in training, each image skips the branch of a block with a
 * probability that grows linearly with the block's place, up to 1 − `survival` for the last one (§3); in evaluation, all
 * branches count. Simplified: the CIFAR family's blocks, small; an image is drawn for, not a batch, and branches are
 * scaled by 1 / survival in training instead of by survival in evaluation, as in torchvision.
 */
import { among, decimal } from './family';
import { MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { basicBranch, ResidualBuilder } from './residual';
import { BASIC_DEPTHS } from './wideMini';

export interface StochasticMiniOptions extends MiniOptions {
	/** 6n + 2. */
	readonly depth: number;
	/** Probability with which the last block's branch is kept. */
	readonly survival: number;
}

export const stochasticMini = miniFamily<StochasticMiniOptions>({
	name: 'stochastic-mini',
	words: 'stochastic(?:depth)?(?:net|resnet)?',
	source: 'Huang et al. 2016, arXiv:1603.09382',
	own: { depth: among(BASIC_DEPTHS), survival: decimal([0.1, 1]) },
	defaults: { ...MINI_DEFAULTS, depth: 20, survival: 0.5 },
	build({ depth, width, survival, ...style }, about) {
		const count = (depth - 2) / 6;
		const b = new ResidualBuilder({ ...style, shortcut: 'A', pre: false });
		b.small({
			width,
			count,
			branch: (s, stride) => basicBranch(width * 2 ** s, stride),
			end(y, place, index) {
				const rate = (1 - survival) * ((index + 1) / (3 * count));
				const drop = { type: 'dropout', rate, per: 'image' } as const;
				return rate ? b.put(`${place.block}/drop`, [y], place, drop) : y;
			},
			classes: about.classes
		});
		return b.network({ ...about, depth });
	}
});
