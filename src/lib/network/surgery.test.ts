import { describe, expect, it } from 'vitest';
import { analyse } from './analyse';
import { CIFAR_DEFAULTS, cifarNetwork, type CifarOptions } from './families/cifar';
import { blockTensors, branchEnd, exchangeableBlocks, kendallTau } from './surgery';

const network = (change: Partial<CifarOptions>) =>
	analyse(cifarNetwork({ ...CIFAR_DEFAULTS, depth: 20, ...change }));

describe('the end of a branch', () => {
	it.each<[string, Partial<CifarOptions>, string[]]>([
		['its last normalisation', {}, ['conv2/norm/gamma', 'conv2/norm/beta']],
		['so too beside a projection', { shortcut: 'C' }, ['conv2/norm/gamma', 'conv2/norm/beta']],
		['so too in a plain network', { shortcut: 'none' }, ['conv2/norm/gamma', 'conv2/norm/beta']],
		['without one its last convolution', { norm: 'none' }, ['conv2/kernel', 'conv2/bias']],
		['with pre-activation its last convolution', { order: 'pre' }, ['conv2/kernel']]
	])('is %s', (_, change, names) => {
		const found = branchEnd(network(change), 4).map(({ name }) => name);
		expect(found).toEqual(names.map((name) => `block4/${name}`));
	});
});

describe('blocks that can change places', () => {
	it.each(['none', 'A', 'B', 'C'] as const)(
		'with shortcuts %s are those of a stage that leave the shape as it is',
		(shortcut) => {
			expect(exchangeableBlocks(network({ shortcut }))).toEqual([
				[0, 1, 2],
				[4, 5],
				[7, 8]
			]);
		}
	);

	it('have the same tensors in the same order, running averages too', () => {
		const names = (index: number) =>
			blockTensors(network({ shortcut: 'C' }), index).map(({ name }) => name);
		expect(names(5)).toEqual(names(4).map((name) => name.replace('block4', 'block5')));
		expect(names(4)).toContain('block4/projection/norm/variance');
		expect(new Set(names(4)).size).toBe(3 * 5);
	});

	it('are none at depth 8', () => {
		expect(exchangeableBlocks(network({ depth: 8 }))).toEqual([]);
	});
});

describe('the rank correlation of orders', () => {
	it('is 1 for the same, −1 for the reverse, and falls by two pairs for a swap of neighbours', () => {
		expect(kendallTau([0, 1, 2, 3])).toBe(1);
		expect(kendallTau([3, 2, 1, 0])).toBe(-1);
		expect(kendallTau([0, 2, 1, 3])).toBeCloseTo(1 - 2 / 6, 12);
		expect(kendallTau([0])).toBe(1);
	});
});
