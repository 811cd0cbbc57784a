/**
 * Squeeze-and-excitation at class size (Hu et al. 2018): the CIFAR family's residual network, in which each branch's
 * channels are multiplied by factors between 0 and 1 that two small dense layers compute from the channels' means.
 * Simplified: a smaller reduction, 4 instead of 16, because there are fewer channels. The factors' layers are not counted
 * in the depth, as in the paper.
 */
import { among } from './family';
import { MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { basicBranch, ResidualBuilder, type BlockPlace } from './residual';
import { BASIC_DEPTHS } from './wideMini';

export interface SeMiniOptions extends MiniOptions {
	/** 6n + 2. */
	readonly depth: number;
	/** Channels of the branch for each unit of the first dense layer. */
	readonly reduction: number;
}

export const seMini = miniFamily<SeMiniOptions>({
	name: 'se-mini',
	words: 'se(?:net|resnet)?|squeeze(?:and)?excitation',
	source: 'Hu et al. 2018, arXiv:1709.01507',
	own: { depth: among(BASIC_DEPTHS), reduction: among([1, 2, 4, 8, 16]) },
	defaults: { ...MINI_DEFAULTS, depth: 20, reduction: 4 },
	build({ depth, width, reduction, ...style }, about) {
		const b = new ResidualBuilder({ ...style, shortcut: 'A', pre: false });
		b.small({
			width,
			count: (depth - 2) / 6,
			branch: (s, stride) => basicBranch(width * 2 ** s, stride),
			end: (y, place) => excited(b, y, place, reduction),
			classes: about.classes
		});
		return b.network({ ...about, depth });
	}
});

function excited(b: ResidualBuilder, y: string, place: BlockPlace, reduction: number): string {
	const factor = { ...place, role: 'factor' } as const;
	const { block } = place;
	const channels = b.channels(y);
	let z = b.put(`${block}/squeeze`, [y], factor, { type: 'globalAveragePool' });
	z = b.dense(`${block}/reduce`, z, factor, Math.ceil(channels / reduction));
	z = b.relu(`${block}/reduce/relu`, z, factor);
	z = b.dense(`${block}/excite`, z, factor, channels);
	z = b.put(`${block}/excite/sigmoid`, [z], factor, { type: 'activation', activation: 'sigmoid' });
	return b.put(`${block}/rescale`, [y, z], place, { type: 'multiply' });
}
