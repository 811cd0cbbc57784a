/**
 * Residual networks in which one learned number α multiplies each branch, y = x + α F(x), at class size: they train
 * without normalisation. `rezero`: α starts at 0 and the activation follows the sum (Bachlechner et al. 2021).
 * `skipinit`: α starts at 1 / √(number of blocks), with pre-activation (De and Smith 2020, §4). A penalty λ |α| brings
 * the numbers of blocks that help little to 0 (Huang and Wang 2018). Simplified: the CIFAR family's blocks, small.
 */
import { among, decimal } from './family';
import { MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { basicBranch, ResidualBuilder } from './residual';
import { BASIC_DEPTHS } from './wideMini';

export interface ReZeroMiniOptions extends MiniOptions {
	/** 6n + 2. */
	readonly depth: number;
	readonly scale: 'rezero' | 'skipinit';
	/** Weight λ of the penalty λ |α|. */
	readonly penalty: number;
}

export const rezeroMini = miniFamily<ReZeroMiniOptions>({
	name: 'rezero-mini',
	words: 'rezero(?:net|resnet)?',
	source: 'Bachlechner et al. 2021, arXiv:2003.04887; De and Smith 2020, arXiv:2002.10444',
	own: {
		depth: among(BASIC_DEPTHS),
		scale: among(['rezero', 'skipinit']),
		penalty: decimal([0, 10])
	},
	defaults: { ...MINI_DEFAULTS, norm: 'none', depth: 20, scale: 'rezero', penalty: 0 },
	build({ depth, width, scale, penalty, ...style }, about) {
		const count = (depth - 2) / 6;
		const skipInit = scale === 'skipinit';
		const initial = skipInit ? 1 / Math.sqrt(3 * count) : 0;
		const b = new ResidualBuilder({ ...style, shortcut: 'A', pre: skipInit });
		b.small({
			width,
			count,
			branch: (s, stride) => basicBranch(width * 2 ** s, stride),
			end: (y, place) =>
				b.put(`${place.block}/scale`, [y], place, {
					type: 'scale',
					initial,
					...(penalty ? { penalty } : {})
				}),
			classes: about.classes
		});
		return b.network({ ...about, depth });
	}
});
