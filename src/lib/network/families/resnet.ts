/**
 * The networks of He et al. 2015 for ImageNet (Table 1): plain and residual, with basic blocks (18, 34 layers) or
 * bottlenecks (50, 101, 152), and the residual ones with pre-activation (He et al. 2016, "Identity Mappings").
 */
import { Builder, IMAGENET_CLASSES, type Scope } from '../builder';
import type { Network, ShortcutOption } from '../description';

export const RESNET_DEPTHS = [18, 34, 50, 101, 152] as const;
export type ResNetDepth = (typeof RESNET_DEPTHS)[number];

export interface ResNetOptions {
	readonly depth: ResNetDepth;
	/** `none` for a plain network, which has basic blocks. */
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

/** `plain-34`, `resnet-50`. */
export function resNetName({ depth, shortcut }: Pick<ResNetOptions, 'depth' | 'shortcut'>): string {
	return `${shortcut === 'none' ? 'plain' : 'resnet'}-${depth}`;
}

/** @throws RangeError naming the option that does not go with the others */
export function resNet(options: ResNetOptions): Network {
	const { depth, shortcut, order } = options;
	const bottleneck = depth >= 50;
	if (shortcut === 'none' && bottleneck)
		throw new RangeError(`depth ${depth}: the plain networks have 18 and 34 layers`);
	if (shortcut === 'none' && order === 'pre')
		throw new RangeError(`order pre: it is one of residual networks`);

	const b = new Builder();
	const stem = { stage: 'stem' };
	let x = b.put('input', [], stem, { type: 'input' });
	x = b.conv('stem', x, stem, 64, 7, { stride: 2, bias: false });
	x = b.relu('stem/activation', norm(b, 'stem/norm', x, stem), stem);
	x = b.maxPool('stem/pool', x, stem, 3, 2, { padding: 1 });

	let channels = 64;
	let index = 0;
	BLOCKS[depth].forEach((count, s) => {
		for (let i = 0; i < count; i++) {
			const block = `block${index++}`;
			const place = { stage: `stage${s + 1}`, block };
			const filters = 64 * 2 ** s;
			const out = bottleneck ? filters * EXPANSION : filters;
			const stride = s > 0 && i === 0 ? 2 : 1;
			const branch = bottleneck
				? [
						{ filters, kernel: 1, stride: options.stride === '1x1' ? stride : 1 },
						{ filters, kernel: 3, stride: options.stride === '1x1' ? 1 : stride },
						{ filters: out, kernel: 1, stride: 1 }
					]
				: [
						{ filters, kernel: 3, stride },
						{ filters, kernel: 3, stride: 1 }
					];
			x = residualBlock(b, x, place, {
				branch,
				stride,
				changes: channels !== out || stride > 1,
				shortcut,
				order
			});
			channels = out;
		}
	});

	const head = { stage: 'head' };
	if (order === 'pre') x = b.relu('head/activation', norm(b, 'head/norm', x, head), head);
	x = b.put('pool', [x], head, { type: 'globalAveragePool' });
	b.dense('dense', x, head, IMAGENET_CLASSES);
	return {
		version: 1,
		name: resNetName(options),
		depth,
		input: [224, 224, 3],
		classes: IMAGENET_CLASSES,
		initialisation: 'he',
		nodes: b.nodes
	};
}

interface BlockShape {
	/** The convolutions of the residual branch, in order. */
	readonly branch: readonly {
		readonly filters: number;
		readonly kernel: number;
		readonly stride: number;
	}[];
	readonly stride: number;
	/** Its output differs in shape from its input. */
	readonly changes: boolean;
	readonly shortcut: ShortcutOption;
	readonly order: ResNetOptions['order'];
}

function residualBlock(
	b: Builder,
	x: string,
	place: Scope & { block: string },
	{ branch, stride, changes, shortcut, order }: BlockShape
): string {
	const { block } = place;
	const pre = order === 'pre';
	const { filters: out } = branch.at(-1)!;
	let y = x;
	/** What a projection reads: with pre-activation the activated input. */
	let source = x;
	branch.forEach(({ filters, kernel, stride }, i) => {
		const id = `${block}/conv${i + 1}`;
		if (pre) {
			y = b.relu(`${id}/activation`, norm(b, `${id}/norm`, y, place), place);
			if (i === 0) source = y;
			y = b.conv(id, y, place, filters, kernel, { stride, bias: false });
		} else {
			y = norm(
				b,
				`${id}/norm`,
				b.conv(id, y, place, filters, kernel, { stride, bias: false }),
				place
			);
			if (i < branch.length - 1) y = b.relu(`${id}/activation`, y, place);
		}
	});
	if (shortcut !== 'none') {
		const id = `${block}/projection`;
		let carried = x;
		if (shortcut === 'C' || (shortcut === 'B' && changes)) {
			carried = b.conv(id, source, place, out, 1, { stride, bias: false });
			if (!pre) carried = norm(b, `${id}/norm`, carried, place);
		} else if (changes)
			carried = b.put(`${block}/subsample`, [x], place, {
				type: 'subsample',
				stride,
				channels: out
			});
		y = b.put(`${block}/add`, [y, carried], place, { type: 'add' });
	}
	return pre ? y : b.relu(`${block}/activation`, y, place);
}

function norm(b: Builder, id: string, from: string, place: Scope): string {
	return b.put(id, [from], place, { type: 'batchNorm' });
}
