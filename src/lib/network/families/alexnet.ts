/**
 * AlexNet, the winner of ILSVRC 2012: five convolutions, three dense layers.
 * - `alexnet`: one tower, 64-192-384-256-256 filters (Krizhevsky 2014, "One weird trick"; torchvision's)
 * - `alexnet-2012`: as in Krizhevsky, Sutskever and Hinton 2012: two towers, drawn as convolutions in two groups
 *   (layers 2, 4 and 5 see only their own tower's channels), local response normalisation, overlapping pooling;
 *   227×227 input, which is what its sizes need (the paper prints 224)
 */
import { Builder, IMAGENET } from '../builder';
import type { Network, NodePlace } from '../description';
import type { Family } from './family';

const DROPOUT = 0.5;
/** Local response normalisation as in §3.3 of the paper. */
const LRN = { type: 'lrn', size: 5, alpha: 1e-4, beta: 0.75, k: 2 } as const;

export interface AlexNetOptions {
	readonly towers: 1 | 2;
}

function alexNet({ towers }: AlexNetOptions): Network {
	const two = towers === 2;
	const filters = two ? [96, 256, 384, 384, 256] : [64, 192, 384, 256, 256];
	const groups = two ? 2 : 1;
	const b = new Builder();
	let x = b.put('input', [], b.stage('stem'), { type: 'input' });
	const [stage1, stage2, stage3] = [1, 2, 3].map((number) => b.stage('stage', number));
	const pool = (id: string, place: NodePlace, normalised: boolean) => {
		if (normalised) x = b.put(`${id}/lrn`, [x], place, LRN);
		x = b.maxPool(`${id}/pool`, x, place, 3, 2);
	};
	x = b.convRelu('conv1', x, stage1, filters[0], 11, { stride: 4, padding: two ? 0 : 2 });
	pool('conv1', stage1, two);
	x = b.convRelu('conv2', x, stage2, filters[1], 5, { groups });
	pool('conv2', stage2, two);
	x = b.convRelu('conv3', x, stage3, filters[2], 3);
	x = b.convRelu('conv4', x, stage3, filters[3], 3, { groups });
	x = b.convRelu('conv5', x, stage3, filters[4], 3, { groups });
	pool('conv5', stage3, false);

	const head = b.stage('head');
	x = b.put('flatten', [x], head, { type: 'flatten' });
	for (const id of ['dense1', 'dense2']) {
		x = b.dropout(`${id}/dropout`, x, head, DROPOUT);
		x = b.relu(`${id}/relu`, b.dense(id, x, head, 4096), head);
	}
	b.dense('dense3', x, head, IMAGENET.classes);
	const size = two ? 227 : 224;
	return b.network({
		name: two ? 'alexnet-2012' : 'alexnet',
		depth: 8,
		input: [size, size, 3],
		classes: IMAGENET.classes,
		initialisation: 'small-normal'
	});
}

export const alexnet: Family<AlexNetOptions> = {
	source: 'Krizhevsky et al. 2012; Krizhevsky 2014, arXiv:1404.5997',
	spellings: {},
	defaults: { towers: 1 },
	offered: ['alexnet', 'alexnet-2012'],
	member: (base) =>
		base === 'alexnet' ? { towers: 1 } : base === 'alexnet-2012' ? { towers: 2 } : null,
	base: ({ towers }) => (towers === 1 ? 'alexnet' : 'alexnet-2012'),
	build: alexNet
};
