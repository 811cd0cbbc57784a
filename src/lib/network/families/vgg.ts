/** VGG-16 and VGG-19 (Simonyan and Zisserman 2014, configurations D and E): 3×3 convolutions throughout. */
import { Builder, IMAGENET } from '../builder';
import type { Network } from '../description';
import type { Family } from './family';

const DEPTHS = [16, 19] as const;
type VggDepth = (typeof DEPTHS)[number];

export interface VggOptions {
	readonly depth: VggDepth;
}

const CONVOLUTIONS: Record<VggDepth, readonly number[]> = {
	16: [2, 2, 3, 3, 3],
	19: [2, 2, 4, 4, 4]
};
const FILTERS = [64, 128, 256, 512, 512];
const DROPOUT = 0.5;

function vggNetwork({ depth }: VggOptions): Network {
	const b = new Builder();
	let x = b.put('input', [], b.stage('stem'), { type: 'input' });
	CONVOLUTIONS[depth].forEach((count, s) => {
		const place = b.stage('stage', s + 1);
		for (let i = 1; i <= count; i++) x = b.convRelu(`conv${s + 1}-${i}`, x, place, FILTERS[s], 3);
		x = b.maxPool(`pool${s + 1}`, x, place, 2, 2);
	});
	const head = b.stage('head');
	x = b.put('flatten', [x], head, { type: 'flatten' });
	for (const id of ['dense1', 'dense2']) {
		x = b.relu(`${id}/relu`, b.dense(id, x, head, 4096), head);
		x = b.dropout(`${id}/dropout`, x, head, DROPOUT);
	}
	b.dense('dense3', x, head, IMAGENET.classes);
	return b.network({ ...IMAGENET, name: nameOf(depth), depth, initialisation: 'small-normal' });
}

const nameOf = (depth: VggDepth) => `vgg-${depth}`;

export const vgg: Family<VggOptions> = {
	source: 'Simonyan and Zisserman 2014, arXiv:1409.1556',
	spellings: {},
	defaults: { depth: 16 },
	offered: DEPTHS.map(nameOf),
	member(base) {
		const depth = DEPTHS.find((own) => nameOf(own) === base);
		return depth === undefined ? null : { depth };
	},
	base: ({ depth }) => nameOf(depth),
	build: vggNetwork
};
