/**
 * GoogLeNet, the winner of ILSVRC 2014 (Szegedy et al. 2014, Table 1, as in the BVLC model): nine inception modules of
 * four branches, no batch normalisation, one dense layer after global average pooling. Its two auxiliary heads only
 * help training: they are drawn but not counted.
 */
import { Builder, IMAGENET } from '../builder';
import type { Network, NodePlace } from '../description';
import type { Family } from './family';
import type { NoFields } from '../ops';

/** Filters of a module: 1×1; 1×1 before 3×3, 3×3; 1×1 before 5×5, 5×5; 1×1 after pooling. */
type Module = readonly [string, number, number, number, number, number, number];

const STAGES: readonly (readonly Module[])[] = [
	[
		['3a', 64, 96, 128, 16, 32, 32],
		['3b', 128, 128, 192, 32, 96, 64]
	],
	[
		['4a', 192, 96, 208, 16, 48, 64],
		['4b', 160, 112, 224, 24, 64, 64],
		['4c', 128, 128, 256, 24, 64, 64],
		['4d', 112, 144, 288, 32, 64, 64],
		['4e', 256, 160, 320, 32, 128, 128]
	],
	[
		['5a', 256, 160, 320, 32, 128, 128],
		['5b', 384, 192, 384, 48, 128, 128]
	]
];
/** Modules followed by an auxiliary head. */
const AUXILIARY = ['4a', '4d'];
const DROPOUT = 0.4;
const AUXILIARY_DROPOUT = 0.7;
const LRN = { type: 'lrn', size: 5, alpha: 1e-4, beta: 0.75, k: 1 } as const;
/** Pooling as in Caffe: a window that starts inside the input counts. */
const CEIL = { ceil: true };

function googLeNet(): Network {
	const b = new Builder();
	const stem = b.stage('stem');
	let x = b.put('input', [], stem, { type: 'input' });
	x = b.convRelu('conv1', x, stem, 64, 7, { stride: 2 });
	x = b.maxPool('pool1', x, stem, 3, 2, CEIL);
	x = b.put('pool1/lrn', [x], stem, LRN);
	x = b.convRelu('conv2-reduce', x, stem, 64, 1);
	x = b.convRelu('conv2', x, stem, 192, 3);
	x = b.put('conv2/lrn', [x], stem, LRN);
	x = b.maxPool('pool2', x, stem, 3, 2, CEIL);

	STAGES.forEach((modules, s) => {
		const stage = b.stage('stage', s + 3);
		for (const module of modules) {
			x = inception(b, x, stage, module);
			if (AUXILIARY.includes(module[0])) auxiliary(b, x, stage, module[0]);
		}
		if (s < STAGES.length - 1) x = b.maxPool(`pool${s + 3}`, x, stage, 3, 2, CEIL);
	});

	const head = b.stage('head');
	x = b.put('pool', [x], head, { type: 'globalAveragePool' });
	x = b.dropout('dropout', x, head, DROPOUT);
	b.dense('dense', x, head, IMAGENET.classes);
	return b.network({ ...IMAGENET, name: 'googlenet', depth: 22, initialisation: 'xavier' });
}

function inception(
	b: Builder,
	x: string,
	stage: NodePlace,
	[name, one, reduce3, three, reduce5, five, pooled]: Module
): string {
	const place = b.block(stage, 'inception', name);
	const { block } = place;
	const conv = (id: string, from: string, filters: number, kernel: number) =>
		b.convRelu(`${block}/${id}`, from, place, filters, kernel);
	return b.put(
		`${block}/concat`,
		[
			conv('1x1', x, one, 1),
			conv('3x3', conv('3x3-reduce', x, reduce3, 1), three, 3),
			conv('5x5', conv('5x5-reduce', x, reduce5, 1), five, 5),
			conv('pool-1x1', b.maxPool(`${block}/pool`, x, place, 3, 1, { padding: 1 }), pooled, 1)
		],
		place,
		{ type: 'concat' }
	);
}

function auxiliary(b: Builder, x: string, stage: NodePlace, name: string): void {
	const place = { ...b.block(stage, 'auxiliary', name), auxiliary: true } as const;
	const { block } = place;
	let y = b.put(`${block}/pool`, [x], place, { type: 'averagePool', kernel: 5, stride: 3 });
	y = b.convRelu(`${block}/conv`, y, place, 128, 1);
	y = b.put(`${block}/flatten`, [y], place, { type: 'flatten' });
	y = b.relu(`${block}/dense1/relu`, b.dense(`${block}/dense1`, y, place, 1024), place);
	y = b.dropout(`${block}/dropout`, y, place, AUXILIARY_DROPOUT);
	b.dense(`${block}/dense2`, y, place, IMAGENET.classes);
}

export const googlenet: Family<NoFields> = {
	source: 'Szegedy et al. 2014, arXiv:1409.4842',
	spellings: {},
	defaults: {},
	offered: ['googlenet'],
	member: (base) => (base === 'googlenet' ? {} : null),
	base: () => 'googlenet',
	build: googLeNet
};
