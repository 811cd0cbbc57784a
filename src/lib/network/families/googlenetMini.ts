/**
 * GoogLeNet at class size (Szegedy et al. 2014): inception modules of four branches in three stages, one dense layer
 * after global average pooling, and two auxiliary heads whose losses count 0.3 each in training. Simplified: one
 * convolution as stem, seven modules instead of nine, filters in the proportions of module 3a and doubled from stage to
 * stage, and auxiliary heads with global average pooling and one dense layer. Without normalisation, as in the paper, or
 * with one after every convolution (Ioffe and Szegedy 2015).
 */
import type { Network, NodePlace } from '../description';
import { CIFAR_BOUNDS } from './cifar';
import { among, decimal } from './family';
import { MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { StyledBuilder } from './styled';

export interface GoogLeNetMiniOptions extends MiniOptions {
	/** The auxiliary heads. */
	readonly aux: 'on' | 'off';
	/** Dropout rate before the dense layer; 0.4 in the paper. */
	readonly dropout: number;
}

const STAGES = [
	['3a', '3b'],
	['4a', '4b', '4c'],
	['5a', '5b']
] as const;
/** Modules followed by an auxiliary head. */
const AUXILIARY: readonly string[] = ['4a', '4c'];
/** The weight of an auxiliary head's loss (§5 of the paper). */
const WEIGHT = 0.3;

function build(
	{ width, aux, dropout, ...style }: GoogLeNetMiniOptions,
	about: Pick<Network, 'name' | 'input' | 'classes' | 'initialisation'>
): Network {
	const b = new StyledBuilder(style);
	const stem = b.stage('stem');
	let x = b.put('input', [], stem, { type: 'input' });
	x = b.layer('conv1', x, stem, width, 3);
	const auxiliaryLosses: Record<string, number> = {};
	STAGES.forEach((modules, s) => {
		const stage = b.stage('stage', s + 3);
		x = b.maxPool(`pool${s + 2}`, x, s ? b.stage('stage', s + 2) : stem, 3, 2, { padding: 1 });
		for (const module of modules) {
			x = inception(b, x, stage, module, width * 2 ** s);
			if (aux === 'on' && AUXILIARY.includes(module))
				auxiliaryLosses[auxiliary(b, x, stage, module, 2 * width, about.classes)] = WEIGHT;
		}
	});
	b.head(x, about.classes, dropout);
	const depth = 2 + 2 * STAGES.flat().length;
	return b.network({ ...about, depth, ...(aux === 'on' ? { auxiliaryLosses } : {}) });
}

/** Filters of module 3a of the paper, as shares of those of its 1×1 branch. */
const SHARES = { reduce3: 3 / 2, three: 2, reduce5: 1 / 4, five: 1 / 2, pooled: 1 / 2 };

function inception(
	b: StyledBuilder,
	x: string,
	stage: NodePlace,
	name: string,
	filters: number
): string {
	const place = b.block(stage, 'inception', name);
	const { block } = place;
	const conv = (id: string, from: string, share: number, kernel: number) =>
		b.layer(`${block}/${id}`, from, place, Math.max(1, Math.round(filters * share)), kernel);
	const reduce3 = conv('3x3-reduce', x, SHARES.reduce3, 1);
	const reduce5 = conv('5x5-reduce', x, SHARES.reduce5, 1);
	return b.put(
		`${block}/concat`,
		[
			conv('1x1', x, 1, 1),
			conv('3x3', reduce3, SHARES.three, 3),
			conv('5x5', reduce5, SHARES.five, 5),
			conv('pool-1x1', b.maxPool(`${block}/pool`, x, place, 3, 1, { padding: 1 }), SHARES.pooled, 1)
		],
		place,
		{ type: 'concat' }
	);
}

/** Returns the id of the head's class scores. */
function auxiliary(
	b: StyledBuilder,
	x: string,
	stage: NodePlace,
	name: string,
	filters: number,
	classes: number
): string {
	const place = { ...b.block(stage, 'auxiliary', name), auxiliary: true } as const;
	const { block } = place;
	let y = b.layer(`${block}/conv`, x, place, filters, 1);
	y = b.put(`${block}/pool`, [y], place, { type: 'globalAveragePool' });
	return b.dense(`${block}/dense`, y, place, classes);
}

export const googlenetMini = miniFamily<GoogLeNetMiniOptions>({
	name: 'googlenet-mini',
	words: 'googlenet|inception(?:v1)?',
	source: 'Szegedy et al. 2014, arXiv:1409.4842',
	own: { aux: among(['on', 'off']), dropout: decimal(CIFAR_BOUNDS.dropout) },
	defaults: { ...MINI_DEFAULTS, width: 8, norm: 'none', aux: 'on', dropout: 0 },
	build
});
