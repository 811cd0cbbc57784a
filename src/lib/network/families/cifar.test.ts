import { describe, expect, it } from 'vitest';
import { analyse } from '../analyse';
import { CIFAR_DEFAULTS, cifarNetwork, isCifarDepth, type CifarOptions } from './cifar';
import type { Norm } from '../ops';

const analysed = (options: Partial<CifarOptions>) =>
	analyse(cifarNetwork({ ...CIFAR_DEFAULTS, ...options }));

describe('parameters and multiply-accumulates of the paper’s networks', () => {
	it.each([
		[20, 269_722],
		[32, 464_154],
		[44, 658_586],
		[56, 853_018],
		[110, 1_727_962],
		[1202, 19_421_274]
	])('residual-%i has %i parameters with option A, and so has the plain one', (depth, count) => {
		expect(analysed({ depth }).parameterCount).toBe(count);
		expect(analysed({ depth, shortcut: 'none' }).parameterCount).toBe(count);
	});

	it.each([
		[20, 40.6],
		[56, 125.5],
		[110, 252.9]
	])('residual-%i needs %f million multiply-accumulates', (depth, millions) => {
		expect(analysed({ depth }).macs / 1e6).toBeCloseTo(millions, 1);
	});

	it('counts every layer of the smallest network', () => {
		const { layers } = analysed({ depth: 8, width: 16 });
		expect(layers.map((l) => [l.id, l.outputShape.join('×'), l.parameterCount, l.macs])).toEqual([
			['stem', '32×32×16', 432 + 32, 442_368],
			['block0/conv1', '32×32×16', 2304 + 32, 2_359_296],
			['block0/conv2', '32×32×16', 2304 + 32, 2_359_296],
			['block1/conv1', '16×16×32', 4608 + 64, 1_179_648],
			['block1/conv2', '16×16×32', 9216 + 64, 2_359_296],
			['block2/conv1', '8×8×64', 18432 + 128, 1_179_648],
			['block2/conv2', '8×8×64', 36864 + 128, 2_359_296],
			['dense', '10', 650, 640]
		]);
	});
});

describe('structure', () => {
	it.each([8, 20, 56, 110, 1202])('depth %i has as many columns', (depth) => {
		const { layers, blocks } = analysed({ depth });
		expect(layers).toHaveLength(depth);
		expect(layers.map((l) => l.column)).toEqual(layers.map((_, i) => i));
		expect(blocks).toHaveLength((depth - 2) / 2);
		expect(blocks[0].columns).toEqual([1, 2]);
		expect(blocks.at(-1)!.columns).toEqual([depth - 3, depth - 2]);
	});

	it('has option A’s shortcuts: two subsampled, the rest identities, none with parameters', () => {
		const { blocks } = analysed({ depth: 20 });
		expect(blocks.map((b) => b.shortcut!.kind)).toEqual([
			...Array(3).fill('identity'),
			'subsample',
			...Array(2).fill('identity'),
			'subsample',
			...Array(2).fill('identity')
		]);
		expect(blocks.every((b) => b.shortcut!.parameterCount === 0)).toBe(true);
		expect(blocks[3].shortcut).toMatchObject({ from: 'block2/activation', to: 'block3/add' });
	});

	it('projects where the shape changes with option B, everywhere with option C', () => {
		const kinds = (shortcut: 'B' | 'C') =>
			analysed({ depth: 8, shortcut }).blocks.map((b) => b.shortcut!.kind);
		expect(kinds('B')).toEqual(['identity', 'projection', 'projection']);
		expect(kinds('C')).toEqual(['projection', 'projection', 'projection']);
		const [, projected] = analysed({ depth: 8, shortcut: 'B' }).blocks;
		expect(projected.shortcut).toMatchObject({
			from: 'block0/activation',
			parameterCount: 16 * 32 + 2 * 32,
			macs: 16 * 16 * 16 * 32
		});
	});

	it('has no shortcut in a plain network', () => {
		expect(analysed({ shortcut: 'none' }).blocks.every((b) => b.shortcut === null)).toBe(true);
	});

	it('gives convolutions a bias exactly when there is no batch normalisation', () => {
		const roles = (norm: Norm) =>
			new Set(analysed({ depth: 8, norm }).parameters.map((p) => p.role));
		expect(roles('batch')).toEqual(new Set(['kernel', 'gamma', 'beta', 'bias'])); // bias: dense
		expect(roles('none')).toEqual(new Set(['kernel', 'bias']));
	});

	it('rounds odd sizes up when it halves them', () => {
		const { layers } = analysed({ depth: 8, size: 15, channels: 1 });
		expect(layers.map((l) => l.outputShape[0])).toEqual([15, 15, 15, 8, 8, 4, 4, 10]);
	});

	it('points each layer at its kernel', () => {
		const { layers, parameters } = analysed({ depth: 14, shortcut: 'B' });
		expect(layers.map((l) => parameters[l.kernel].name)).toEqual(
			layers.map((l) => `${l.id}/kernel`)
		);
	});

	it('survives JSON unchanged', () => {
		const network = cifarNetwork(CIFAR_DEFAULTS);
		expect(JSON.parse(JSON.stringify(network))).toEqual(network);
	});
});

describe('what is refused', () => {
	it.each([
		[{ depth: 21 }, /depth 21/],
		[{ depth: 2 }, /depth 2/],
		[{ depth: 1208 }, /depth 1208/],
		[{ width: 0 }, /width 0/],
		[{ size: 2.5 }, /size 2.5/],
		[{ channels: 0 }, /channels 0/]
	])('%o', (options, message) => {
		expect(() => cifarNetwork({ ...CIFAR_DEFAULTS, ...options })).toThrow(message);
	});

	it('knows the depths of the family', () => {
		expect([8, 9, 14, 20, 1202, 1208].map(isCifarDepth)).toEqual([
			true,
			false,
			true,
			true,
			true,
			false
		]);
	});

	it('names the node whose inputs do not fit', () => {
		const network = cifarNetwork(CIFAR_DEFAULTS);
		const broken = {
			...network,
			nodes: network.nodes.map((n) =>
				n.id === 'block3/add' ? { ...n, inputs: ['stem', n.inputs[0]] } : n
			)
		};
		expect(() => analyse(broken)).toThrow(/block3\/add/);
	});
});
