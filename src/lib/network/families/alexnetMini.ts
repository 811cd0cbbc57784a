/**
 * AlexNet at class size (Krizhevsky, Sutskever and Hinton 2012): five convolutions, the first two with 5×5 kernels and
 * local response normalisation, three times overlapping max pooling, three dense layers. Filters are in the proportions
 * of the version with one tower (Krizhevsky 2014). Simplified: the first kernel is 5×5 with stride 1 instead of 11×11
 * with stride 4, pooling pads by 1 so that every size halves, the dense layers have four times the width instead of
 * 4096 units, and dropout, 0.5 in the paper, is an option.
 */
import type { Network, NodePlace } from '../description';
import { CIFAR_BOUNDS } from './cifar';
import { among, decimal } from './family';
import { MINI_DEFAULTS, miniFamily, type MiniOptions } from './mini';
import { StyledBuilder } from './styled';

export interface AlexNetMiniOptions extends MiniOptions {
	/** Local response normalisation after the first two convolutions. */
	readonly lrn: 'on' | 'off';
	/** Dropout rate before the first two dense layers. */
	readonly dropout: number;
}

/** As in §3.3 of the paper. */
const LRN = { type: 'lrn', size: 5, alpha: 1e-4, beta: 0.75, k: 2 } as const;

function build(
	{ width, lrn, dropout, ...style }: AlexNetMiniOptions,
	about: Pick<Network, 'name' | 'input' | 'classes' | 'initialisation'>
): Network {
	const b = new StyledBuilder(style);
	let x = b.put('input', [], b.stage('stem'), { type: 'input' });
	const [stage1, stage2, stage3] = [1, 2, 3].map((number) => b.stage('stage', number));
	const pool = (id: string, place: NodePlace, normalised: boolean) => {
		if (normalised && lrn === 'on') x = b.put(`${id}/lrn`, [x], place, LRN);
		x = b.maxPool(`${id}/pool`, x, place, 3, 2, { padding: 1 });
	};
	x = b.layer('conv1', x, stage1, width, 5);
	pool('conv1', stage1, true);
	x = b.layer('conv2', x, stage2, 3 * width, 5);
	pool('conv2', stage2, true);
	x = b.layer('conv3', x, stage3, 6 * width, 3);
	x = b.layer('conv4', x, stage3, 4 * width, 3);
	x = b.layer('conv5', x, stage3, 4 * width, 3);
	pool('conv5', stage3, false);
	b.denseHead(x, { units: 4 * width, classes: about.classes, dropout });
	return b.network({ ...about, depth: 8 });
}

export const alexnetMini = miniFamily<AlexNetMiniOptions>({
	name: 'alexnet-mini',
	words: 'alexnet',
	source: 'Krizhevsky et al. 2012',
	own: { lrn: among(['on', 'off']), dropout: decimal(CIFAR_BOUNDS.dropout) },
	defaults: { ...MINI_DEFAULTS, norm: 'none', lrn: 'on', dropout: 0 },
	build
});
