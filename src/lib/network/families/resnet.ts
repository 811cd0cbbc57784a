/**
 * The networks of He et al. 2015 for ImageNet (Table 1): plain and residual, with basic blocks (18, 34 layers) or
 * bottlenecks (50, 101, 152), and the residual ones with pre-activation (He et al. 2016, "Identity Mappings").
 */
import { IMAGENET } from '../builder';
import type { Network, ShortcutOption } from '../description';
import { among, type Family } from './family';
import { basicBranch, NOT_PLAIN, ResidualBuilder } from './residual';

export const RESNET_DEPTHS = [18, 34, 50, 101, 152] as const;
export type ResNetDepth = (typeof RESNET_DEPTHS)[number];

export interface ResNetOptions {
	readonly depth: ResNetDepth;
	/** Shortcut option; `none` for a plain network, which has basic blocks. */
	readonly shortcut: ShortcutOption;
	/** The convolution of a bottleneck that halves the map: the first, as in the paper, or the second ("v1.5"). */
	readonly stride: '1x1' | '3x3';
	/** `post`: normalisation and activation after each convolution, as in 2015; `pre`: before, as in 2016. */
	readonly order: 'post' | 'pre';
}

const DEFAULTS: ResNetOptions = {
	depth: 50,
	shortcut: 'B',
	stride: '1x1',
	order: 'post'
};

/** Depths of the plain networks. */
export const PLAIN_DEPTHS: readonly ResNetDepth[] = [18, 34];

const BLOCKS: Record<ResNetDepth, readonly number[]> = {
	18: [2, 2, 2, 2],
	34: [3, 4, 6, 3],
	50: [3, 4, 6, 3],
	101: [3, 4, 23, 3],
	152: [3, 8, 36, 3]
};
/** Channels of a bottleneck's output, as a multiple of its inner ones. */
const EXPANSION = 4;

/** A name such as `plain-34` or `resnet-50`. */
export function resNetName({ depth, shortcut }: Pick<ResNetOptions, 'depth' | 'shortcut'>): string {
	return `${shortcut === 'none' ? 'plain' : 'resnet'}-${depth}`;
}

/** @throws RangeError naming an option that conflicts with the others */
function resNet(options: ResNetOptions): Network {
	const { depth, shortcut, order } = options;
	const bottleneck = depth >= 50;
	if (shortcut === 'none' && bottleneck)
		throw new RangeError(`depth ${depth}: the plain networks have 18 and 34 layers`);
	if (shortcut === 'none' && order === 'pre')
		throw new RangeError(`order pre: it is one of residual networks`);

	const pre = order === 'pre';
	const b = new ResidualBuilder({ shortcut, activation: 'relu', norm: 'batch', pre });
	const stem = b.stage('stem');
	let x = b.put('input', [], stem, { type: 'input' });
	x = b.convolved('stem', x, stem, 64, 7, { stride: 2 });
	x = b.activated('stem', b.normalised('stem', x, stem), stem);
	x = b.maxPool('stem/pool', x, stem, 3, 2, { padding: 1 });

	b.blocksAndHead(x, {
		counts: BLOCKS[depth],
		classes: IMAGENET.classes,
		branch: (s, stride) => {
			const filters = 64 * 2 ** s;
			if (!bottleneck) return basicBranch(filters, stride);
			const first = options.stride === '1x1';
			return [
				{ filters, kernel: 1, stride: first ? stride : 1 },
				{ filters, kernel: 3, stride: first ? 1 : stride },
				{ filters: filters * EXPANSION, kernel: 1, stride: 1 }
			];
		}
	});
	return b.network({ ...IMAGENET, name: resNetName(options), depth, initialisation: 'he' });
}

export const resnet: Family<ResNetOptions> = {
	source: 'He et al. 2015, arXiv:1512.03385; He et al. 2016, arXiv:1603.05027',
	spellings: {
		shortcut: among(['A', 'B', 'C']),
		stride: among(['1x1', '3x3']),
		order: among(['post', 'pre'])
	},
	defaults: DEFAULTS,
	offered: [
		...PLAIN_DEPTHS.map((depth) => resNetName({ depth, shortcut: 'none' })),
		...RESNET_DEPTHS.map((depth) => resNetName({ depth, shortcut: 'B' }))
	],
	member(base) {
		const [, kind, digits] = /^(plain|resnet)-(\d+)$/.exec(base) ?? [];
		const plain = kind === 'plain';
		const depth = (plain ? PLAIN_DEPTHS : RESNET_DEPTHS).find((own) => String(own) === digits);
		return depth === undefined ? null : { depth, ...(plain ? { shortcut: 'none' } : {}) };
	},
	base: resNetName,
	unfit: ({ depth = 0, shortcut }) =>
		new Map([
			...(shortcut === 'none' ? NOT_PLAIN : []),
			...(depth < 50 ? [['stride', 'bottlenecks'] as const] : [])
		]),
	build: resNet
};
