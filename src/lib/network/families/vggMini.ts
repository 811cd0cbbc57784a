/**
 * VGG at class size (Simonyan and Zisserman 2014): 3×3 convolutions throughout, max pooling, three dense layers.
 * Simplified: three stages of convolutions instead of five, which get equal shares (the later ones the rest), the dense
 * layers have four times the width instead of 4096 units, and dropout, 0.5 in the paper, is an option. Layers of the
 * same name have the same shape at every depth, except the first one of a stage, so that a trained network's first
 * layers can start a deeper one, as in §3.1 of the paper.
 */
import type { Network } from '../description';
import { CIFAR_BOUNDS } from './cifar';
import { among, decimal } from './family';
import { MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { StyledBuilder } from './styled';

export interface VggMiniOptions extends MiniOptions {
	/** Convolutions and three dense layers. */
	readonly depth: number;
	/** Dropout rate before the first two dense layers. */
	readonly dropout: number;
}

/** The depths of the paper, and of a smaller network. */
const DEPTHS = [8, 11, 13, 16, 19];
const STAGES = 3;
const DENSE = 3;

function build(
	{ depth, width, dropout, ...style }: VggMiniOptions,
	about: Pick<Network, 'name' | 'input' | 'classes' | 'initialisation'>
): Network {
	const b = new StyledBuilder(style);
	let x = b.put('input', [], b.stage('stem'), { type: 'input' });
	for (let s = 0; s < STAGES; s++) {
		const place = b.stage('stage', s + 1);
		const count = Math.floor((depth - DENSE + s) / STAGES);
		for (let i = 1; i <= count; i++) x = b.layer(`conv${s + 1}-${i}`, x, place, width * 2 ** s, 3);
		x = b.maxPool(`pool${s + 1}`, x, place, 2, 2);
	}
	b.denseHead(x, { units: 4 * width, classes: about.classes, dropout });
	return b.network({ ...about, depth });
}

export const vggMini = miniFamily<VggMiniOptions>({
	name: 'vgg-mini',
	words: 'vgg(?:net)?',
	source: 'Simonyan and Zisserman 2014, arXiv:1409.1556',
	own: { depth: among(DEPTHS), dropout: decimal(CIFAR_BOUNDS.dropout) },
	defaults: { ...MINI_DEFAULTS, depth: 8, norm: 'none', dropout: 0 },
	build
});
