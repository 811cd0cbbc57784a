import { describe, expect, it } from 'vitest';
import { analyse } from '../analyse';
import { withoutBlock } from '../lesion';
import { blockParts } from '../parts';
import { pathsOf } from '../paths';
import { branchEnd, exchangeableBlocks } from '../surgery';
import { OptionError } from './family';
import { formatName, knownNames, parseName } from './names';
import { networkOf, type NetworkSpec } from './table';

const analysed = (name: string) => analyse(networkOf(parseName(name)));
const MINIS = knownNames().filter((name) => name.endsWith('-mini'));

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
/** Weights of a convolution; with a bias or a normalisation's γ and β, so many per filter. */
const conv = (from: number, to: number, kernel: number, perFilter: number, groups = 1) =>
	(from / groups) * to * kernel ** 2 + perFilter * to;
const dense = (from: number, to: number) => from * to + to;
/** The CIFAR network with 20 layers and width 16, with γ and β or biases. */
const resNet20 = (perFilter: number) =>
	sum([
		conv(3, 16, 3, perFilter),
		6 * conv(16, 16, 3, perFilter),
		conv(16, 32, 3, perFilter) + 5 * conv(32, 32, 3, perFilter),
		conv(32, 64, 3, perFilter) + 5 * conv(64, 64, 3, perFilter),
		dense(64, 10)
	]);
/** A bottleneck with a projection if its input has other channels than its output. */
const bottleneck = (from: number, inner: number, to: number, groups = 1) =>
	sum([
		conv(from, inner, 1, 2),
		conv(inner, inner, 3, 2, groups),
		conv(inner, to, 1, 2),
		from === to ? 0 : conv(from, to, 1, 2)
	]);
const bottlenecks = (inner: (width: number) => number, groups = 1) =>
	sum([
		conv(3, 16, 3, 2),
		...[16, 32, 64].flatMap((width, s) => [
			bottleneck(s ? 2 * width : 16, inner(width), 4 * width, groups),
			bottleneck(4 * width, inner(width), 4 * width, groups)
		]),
		dense(256, 10)
	]);
/** An inception module of f, 2f, f / 2 and f / 2 filters. */
const module = (from: number, f: number, perFilter: number) =>
	sum([
		conv(from, f, 1, perFilter),
		conv(from, 1.5 * f, 1, perFilter) + conv(1.5 * f, 2 * f, 3, perFilter),
		conv(from, f / 4, 1, perFilter) + conv(f / 4, f / 2, 5, perFilter),
		conv(from, f / 2, 1, perFilter)
	]);
const modules = (perFilter: number) =>
	sum([
		conv(3, 8, 3, perFilter),
		module(8, 8, perFilter) + module(32, 8, perFilter),
		module(32, 16, perFilter) + 2 * module(64, 16, perFilter),
		module(64, 32, perFilter) + module(128, 32, perFilter),
		dense(128, 10)
	]);
const vgg = (...counts: number[]) =>
	sum([
		...counts.map((count, s) => {
			const width = 16 * 2 ** s;
			return conv(s ? width / 2 : 3, width, 3, 1) + (count - 1) * conv(width, width, 3, 1);
		}),
		dense(4 * 4 * 64, 64) + dense(64, 64) + dense(64, 10)
	]);
/** Dense layers of DenseNet, with γ and β of their input, and the channels after them. */
function denseNet(): number {
	let channels = 16;
	let count = conv(3, 16, 3, 0);
	for (let s = 0; s < 3; s++) {
		for (let i = 0; i < 6; i++, channels += 8) count += 2 * channels + conv(channels, 8, 3, 0);
		if (s < 2) count += 2 * channels + conv(channels, channels, 1, 0);
	}
	return count + 2 * channels + dense(channels, 10);
}
const wide = () =>
	conv(3, 8, 3, 0) +
	sum(
		[24, 48, 96].map((width, s) => {
			const from = s ? width / 2 : 8;
			const convolutions =
				conv(from, width, 3, 0) + conv(width, width, 3, 0) + conv(from, width, 1, 0);
			return convolutions + 2 * from + 2 * width;
		})
	) +
	2 * 96 +
	dense(96, 10);

describe('parameters of class-sized networks, layer by layer', () => {
	it.each<[string, number]>([
		[
			'alexnet-mini',
			sum([
				conv(3, 16, 5, 1) + conv(16, 48, 5, 1),
				conv(48, 96, 3, 1) + conv(96, 64, 3, 1) + conv(64, 64, 3, 1),
				dense(4 * 4 * 64, 64) + dense(64, 64) + dense(64, 10)
			])
		],
		['vgg-mini', vgg(1, 2, 2)],
		['vgg-mini?depth=11', vgg(2, 3, 3)],
		['vgg-mini?depth=13', vgg(3, 3, 4)],
		['vgg-mini?depth=19', vgg(5, 5, 6)],
		['googlenet-mini', modules(1)],
		['googlenet-mini?norm=on&aux=off', modules(2)],
		['bottleneck-mini', bottlenecks((width) => width)],
		['resnext-mini', bottlenecks((width) => 2 * width, 8)],
		['wide-mini', wide()],
		['stochastic-mini', resNet20(2)],
		['se-mini', resNet20(2) + 3 * sum([16, 32, 64].map((c) => dense(c, c / 4) + dense(c / 4, c)))],
		['rezero-mini', resNet20(1) + 9],
		['rezero-mini?scale=skipinit', resNet20(1) + 9],
		['densenet-mini', denseNet()],
		[
			'highway-mini',
			sum([
				conv(3, 8, 3, 1) + 10 * conv(8, 8, 3, 1),
				conv(8, 16, 3, 1) + 10 * conv(16, 16, 3, 1),
				conv(16, 32, 3, 1) + 10 * conv(32, 32, 3, 1),
				dense(32, 10)
			])
		]
	])('%s', (name, count) => {
		expect(analysed(name).parameterCount).toBe(count);
	});

	it.each(MINIS)('%s has fewer than 0.3 million', (name) => {
		expect(analysed(name).parameterCount).toBeLessThan(0.3e6);
	});

	it('include the auxiliary heads in training only', () => {
		const { network, parameters, parameterCount } = analysed('googlenet-mini');
		expect(network.auxiliaryLosses).toEqual({
			'auxiliary4a/dense': 0.3,
			'auxiliary4c/dense': 0.3
		});
		const trained = sum(parameters.map(({ size }) => size));
		expect(trained - parameterCount).toBe(2 * (conv(64, 16, 1, 1) + dense(16, 10)));
	});
});

describe.each(MINIS)('%s', (name) => {
	it.each([8, 15, 16, 28, 32])('takes images of %i pixels, and any width', (size) => {
		const { network, nodes } = analysed(`${name}?size=${size}&channels=1&width=4&classes=7`);
		expect(network.input).toEqual([size, size, 1]);
		expect(nodes.at(-1)!.outputShape).toEqual([7]);
	});

	it.each(['on', 'off', 'group', 'layer'])(
		'with norm=%s has biases where nothing normalises',
		(norm) => {
			const { nodes } = analysed(`${name}?norm=${norm}`);
			const roles = new Set(nodes.flatMap(({ parameters }) => parameters.map(({ role }) => role)));
			expect(roles.has('gamma')).toBe(norm !== 'off');
			const stem = nodes.find(({ node }) => node.type === 'conv')!;
			expect(stem.parameters.some(({ role }) => role === 'bias')).toBe(norm === 'off');
		}
	);
});

describe('blocks', () => {
	it('multiply their branch by factors of its own in se-mini, without layers of their own', () => {
		const { layers, blocks, network } = analysed('se-mini');
		expect(layers).toHaveLength(network.depth);
		expect(blocks[0].columns).toEqual([1, 2]);
		expect(blockParts(analysed('se-mini'), 0)).toMatchObject({
			branch: 'block0/rescale',
			shortcut: 'stem/activation',
			sum: 'block0/add'
		});
	});

	it('carry 1 − T of x in highway-mini', () => {
		const network = analysed('highway-mini');
		expect(network.blocks).toHaveLength(15);
		expect(network.blocks[3].shortcut).toEqual({
			kind: 'gated',
			from: 'block2/add',
			to: 'block3/add',
			parameterCount: 0,
			macs: 0
		});
		expect(blockParts(network, 3)).toEqual({
			input: 'block2/add',
			shortcut: 'block3/carry',
			branch: 'block3/transform',
			sum: 'block3/add',
			output: 'block3/add',
			activation: null
		});
		expect(pathsOf(network).count).toBe(2n ** 15n);
		const gate = network.nodes.find(({ node }) => node.id === 'block3/gate')!;
		expect(gate.node).toMatchObject({ initialBias: -2, bias: true });
	});

	it('concatenate in densenet-mini: no shortcuts, no block can be left out', () => {
		const network = analysed('densenet-mini');
		expect(network.blocks).toHaveLength(18);
		for (const { index, shortcut } of network.blocks) {
			expect(shortcut).toBeNull();
			expect(withoutBlock(network, index)).toBeNull();
		}
		expect(blockParts(network, 1)).toMatchObject({
			input: 'block0/concat',
			branch: 'block1/conv1',
			output: 'block1/concat'
		});
	});

	it.each([
		['se-mini', ['conv2/norm/gamma', 'conv2/norm/beta']],
		['stochastic-mini', ['conv2/norm/gamma', 'conv2/norm/beta']],
		['rezero-mini', ['scale/scale']],
		['rezero-mini?scale=skipinit', ['scale/scale']],
		['highway-mini', ['conv1/kernel', 'conv1/bias']],
		['highway-mini?activation=sigmoid', []],
		['densenet-mini', ['conv1/kernel']],
		['wide-mini', ['conv2/kernel']],
		['bottleneck-mini', ['conv3/norm/gamma', 'conv3/norm/beta']]
	])('of %s end with %s', (name, names) => {
		const found = branchEnd(analysed(name), 1).map((parameter) => parameter.name);
		expect(found).toEqual(names.map((each) => `block1/${each}`));
	});

	it('of googlenet-mini have no branch to end', () => {
		expect(branchEnd(analysed('googlenet-mini'), 1)).toEqual([]);
	});

	it.each(['se-mini', 'stochastic-mini', 'rezero-mini', 'rezero-mini?scale=skipinit'])(
		'of %s change places and can be left out where the shape stays',
		(name) => {
			const network = analysed(name);
			expect(exchangeableBlocks(network)).toEqual([
				[0, 1, 2],
				[4, 5],
				[7, 8]
			]);
			const without = withoutBlock(network, 4)!;
			expect(analyse(without).layers).toHaveLength(18);
			expect(withoutBlock(network, 3)).toBeNull();
		}
	);

	it('of highway-mini can be left out', () => {
		const without = analyse(withoutBlock(analysed('highway-mini'), 7)!);
		expect(without.blocks).toHaveLength(14);
		expect(without.network.depth).toBe(18);
	});

	it('begin with α = 0 in rezero-mini, and with 1 / √9 with SkipInit', () => {
		const scale = (name: string) =>
			analysed(name).nodes.find(({ node }) => node.type === 'scale')!.node;
		expect(scale('rezero-mini')).not.toHaveProperty('penalty');
		expect(scale('rezero-mini?penalty=0.01')).toMatchObject({ initial: 0, penalty: 0.01 });
		expect(scale('rezero-mini?scale=skipinit')).toMatchObject({ initial: 1 / 3 });
	});

	it('are kept with probabilities that fall linearly to the last one’s in stochastic-mini', () => {
		const rates = (name: string) =>
			analysed(name).nodes.flatMap(({ node }) =>
				node.type === 'dropout' ? [[node.per, node.rate] as const] : []
			);
		expect(rates('stochastic-mini?survival=0.1').map(([per]) => per)).toEqual(
			Array(9).fill('image')
		);
		rates('stochastic-mini?survival=0.1').forEach(([, rate], i) =>
			expect(rate).toBeCloseTo((i + 1) / 10, 12)
		);
		expect(rates('stochastic-mini?survival=1')).toEqual([]);
	});

	it('have grouped convolutions in resnext-mini', () => {
		const groups = analysed('resnext-mini?groups=4').nodes.flatMap(({ node }) =>
			node.type === 'conv' ? [node.groups ?? 1] : []
		);
		expect(groups.filter((count) => count === 4)).toHaveLength(6);
	});
});

describe('names and options', () => {
	it.each([
		['VGG mini', 'vgg-mini'],
		['mini-AlexNet', 'alexnet-mini'],
		['Inception mini', 'googlenet-mini'],
		['SENet mini', 'se-mini'],
		['WRN mini', 'wide-mini'],
		['vgg-mini?norm=batch', 'vgg-mini?norm=on'],
		['bottleneck-mini?norm=none', 'bottleneck-mini?norm=off'],
		['vgg-mini?depth=8&dropout=0', 'vgg-mini'],
		['highway-mini?bias=-1.5', 'highway-mini?bias=-1.5'],
		['googlenet-mini?aux=off&size=16', 'googlenet-mini?aux=off&size=16'],
		['resnext-mini?width=6&groups=12', 'resnext-mini?groups=12&width=6']
	])('%s is %s', (text, name) => {
		expect(formatName(parseName(text))).toBe(name);
	});

	it.each([
		['vgg-mini?depth=12', /depth 12: expected one of 8, 11, 13, 16, 19/],
		['bottleneck-mini?depth=21', /depth 21: expected one of 11, 20, 29/],
		['se-mini?size=7', /size 7: expected a whole number from 8 to 256/],
		['resnext-mini?groups=7', /groups 7: expected one of 1, 2, 4, 8, 16, 32/],
		['highway-mini?bias=1', /bias 1: expected a number from -10 to 0/],
		['alexnet-mini?shortcut=A', /option shortcut: unknown; expected one of lrn, dropout, width/]
	])('%s is refused with what would do', (name, message) => {
		expect(() => parseName(name)).toThrow(message);
	});

	it('are checked in values as in names', () => {
		const { options } = parseName('resnext-mini') as NetworkSpec<'resnext-mini'>;
		const built = (change: object) => () =>
			networkOf({ family: 'resnext-mini', options: { ...options, ...change } });
		expect(built({ width: 3 })).toThrow(OptionError);
		expect(built({ depth: 21 })).toThrow(/depth 21/);
		expect(built({ width: 2.5 })).toThrow(/width 2.5/);
		expect(built({ width: 12, groups: 24 })).not.toThrow();
	});
});
