/**
 * Residual networks of bottlenecks at class size (He et al. 2015, Table 1): 9n + 2 layers in three stages of n blocks,
 * each of a 1×1 convolution that reduces the channels, a 3×3 one, and a 1×1 one that restores four times as many.
 * Simplified: three stages for small images, as in the paper's CIFAR networks. Projections where the shape changes.
 */
import { among } from './family';
import { depthsFrom, MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { ResidualBuilder } from './residual';

export interface BottleneckMiniOptions extends MiniOptions {
	/** 9n + 2. */
	readonly depth: number;
}

export const BOTTLENECK_DEPTHS = depthsFrom(11, 9, 164);
/** Channels of a block's output, as a multiple of the stage's width. */
export const EXPANSION = 4;

export const bottleneckMini = miniFamily<BottleneckMiniOptions>({
	name: 'bottleneck-mini',
	words: 'bottleneck(?:s|resnet)?',
	source: 'He et al. 2015, arXiv:1512.03385',
	own: { depth: among(BOTTLENECK_DEPTHS) },
	defaults: { ...MINI_DEFAULTS, depth: 20 },
	build({ depth, width, ...style }, about) {
		const b = new ResidualBuilder({ ...style, shortcut: 'B', pre: false });
		b.small({
			width,
			count: (depth - 2) / 9,
			branch(s, stride) {
				const filters = width * 2 ** s;
				return [
					{ filters, kernel: 1, stride },
					{ filters, kernel: 3, stride: 1 },
					{ filters: filters * EXPANSION, kernel: 1, stride: 1 }
				];
			},
			classes: about.classes
		});
		return b.network({ ...about, depth });
	}
});
