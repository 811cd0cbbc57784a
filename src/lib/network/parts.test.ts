import { describe, expect, it } from 'vitest';
import { analyse } from './analyse';
import { CIFAR_DEFAULTS, cifarNetwork, type CifarOptions } from './families/cifar';
import { blockParts } from './parts';

const parts = (index: number, change: Partial<CifarOptions>) =>
	blockParts(analyse(cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, ...change })), index);

describe('the parts of a block', () => {
	it('are x, F(x), their sum and its activation', () =>
		expect(parts(0, {})).toEqual({
			input: 'stem/activation',
			shortcut: 'stem/activation',
			branch: 'block0/conv2/norm',
			sum: 'block0/add',
			output: 'block0/activation',
			activation: 'relu'
		}));

	it('have another map on the shortcut where the shape changes', () => {
		expect(parts(1, {})).toMatchObject({
			input: 'block0/activation',
			shortcut: 'block1/subsample'
		});
		expect(parts(1, { shortcut: 'B' })).toMatchObject({
			input: 'block0/activation',
			shortcut: 'block1/projection/norm'
		});
	});

	it('are the stack alone in a plain block', () =>
		expect(parts(2, { shortcut: 'none', norm: 'none', activation: 'tanh' })).toEqual({
			input: 'block1/activation',
			shortcut: null,
			branch: 'block2/conv2',
			sum: null,
			output: 'block2/activation',
			activation: 'tanh'
		}));

	it('end with the sum where activation comes before the convolutions', () =>
		expect(parts(1, { order: 'pre', shortcut: 'B' })).toEqual({
			input: 'block0/add',
			shortcut: 'block1/projection',
			branch: 'block1/conv2',
			sum: 'block1/add',
			output: 'block1/add',
			activation: null
		}));
});
