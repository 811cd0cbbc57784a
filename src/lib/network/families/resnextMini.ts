/**
 * ResNeXt at class size (Xie et al. 2017, "Aggregated Residual Transformations"): bottlenecks whose 3×3 convolution has
 * `groups` groups of channels (the cardinality) and is twice as wide as that of a ResNet, which costs about as much.
 * 9n + 2 layers in three stages. Simplified: fewer channels and groups. As in the authors' code, the 3×3 convolution has
 * the stride.
 */
import { among, whole } from './family';
import { BOTTLENECK_DEPTHS, EXPANSION } from './bottleneckMini';
import { MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { ResidualBuilder } from './residual';

export interface ResNeXtMiniOptions extends MiniOptions {
	/** 9n + 2. */
	readonly depth: number;
	/** Groups of channels in the 3×3 convolution; a divisor of twice the width. */
	readonly groups: number;
}

/** The inner channels of a block, as a multiple of the stage's width. */
const INNER = 2;
const MOST_GROUPS = 64;

const divisors = (n: number) =>
	Array.from({ length: Math.min(n, MOST_GROUPS) }, (_, i) => i + 1).filter((i) => n % i === 0);

export const resnextMini = miniFamily<ResNeXtMiniOptions>({
	name: 'resnext-mini',
	words: 'resnext',
	source: 'Xie et al. 2017, arXiv:1611.05431',
	own: { depth: among(BOTTLENECK_DEPTHS), groups: whole([1, MOST_GROUPS]) },
	defaults: { ...MINI_DEFAULTS, depth: 20, groups: 8 },
	conflict({ width, groups }) {
		if ((INNER * width) % groups === 0) return null;
		const names = divisors(INNER * width).map(String);
		return { code: 'option-value', option: 'groups', value: String(groups), expected: { names } };
	},
	build({ depth, width, groups, ...style }, about) {
		const b = new ResidualBuilder({ ...style, shortcut: 'B', pre: false });
		b.small({
			width,
			count: (depth - 2) / 9,
			branch(s, stride) {
				const filters = width * 2 ** s;
				return [
					{ filters: filters * INNER, kernel: 1, stride: 1 },
					{ filters: filters * INNER, kernel: 3, stride, groups },
					{ filters: filters * EXPANSION, kernel: 1, stride: 1 }
				];
			},
			classes: about.classes
		});
		return b.network({ ...about, depth });
	}
});
