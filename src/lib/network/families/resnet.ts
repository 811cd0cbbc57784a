/**
 * The networks of He et al. 2015 for ImageNet (Table 1): plain and residual, with basic blocks (18, 34 layers) or
 * bottlenecks (50, 101, 152), and the residual ones with pre-activation (He et al. 2016, "Identity Mappings").
 */
import { IMAGENET } from '../builder';
import type { Network, ShortcutOption } from '../description';
import { basicBranch, ResidualBuilder } from './residual';

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

export const RESNET_DEFAULTS: Omit<ResNetOptions, 'depth'> = {
	shortcut: 'B',
	stride: '1x1',
	order: 'post'
};

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
export function resNet(options: ResNetOptions): Network {
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
	x = b.convolved('stem', x, stem, 64, 7, 2);
	x = b.activated('stem', b.normalised('stem', x, stem), stem);
	x = b.maxPool('stem/pool', x, stem, 3, 2, { padding: 1 });

	x = b.stages(x, BLOCKS[depth], (s, stride) => {
		const filters = 64 * 2 ** s;
		if (!bottleneck) return basicBranch(filters, stride);
		const first = options.stride === '1x1';
		return [
			{ filters, kernel: 1, stride: first ? stride : 1 },
			{ filters, kernel: 3, stride: first ? 1 : stride },
			{ filters: filters * EXPANSION, kernel: 1, stride: 1 }
		];
	});
	b.head(x, IMAGENET.classes);
	return b.network({ ...IMAGENET, name: resNetName(options), depth, initialisation: 'he' });
}
