import { describe, expect, it } from 'vitest';
import { OPS, type Derived, type Operation, type OpType, type Shape, type SlidingWindow } from '.';

interface Example<T extends OpType> {
	readonly op: Operation<T>;
	readonly inputs: readonly Shape[];
	readonly derived: Derived;
	readonly window: SlidingWindow | null;
}

/** Examples of every operation, from PyTorch's layer of the same name for one image; MACs computed by hand. */
const EXAMPLES: { readonly [T in OpType]: readonly Example<T>[] } = {
	input: [
		{
			op: { type: 'input' },
			inputs: [[32, 32, 3]],
			derived: { output: [32, 32, 3] },
			window: { kernel: 1, stride: 1 }
		}
	],
	conv: [
		{
			op: { type: 'conv', filters: 64, kernel: [7, 7], stride: 2, padding: 3, bias: false },
			inputs: [[224, 224, 3]],
			derived: {
				output: [112, 112, 64],
				parameters: { kernel: [7, 7, 3, 64] },
				macs: 112 * 112 * 7 * 7 * 3 * 64
			},
			window: { kernel: 7, stride: 2 }
		},
		{
			op: {
				type: 'conv',
				filters: 8,
				kernel: [1, 3],
				stride: 1,
				padding: 0,
				bias: true,
				groups: 2
			},
			inputs: [[5, 4, 6]],
			derived: {
				output: [5, 2, 8],
				parameters: { kernel: [1, 3, 3, 8], bias: [8] },
				macs: 5 * 2 * 3 * 3 * 8
			},
			window: { kernel: 3, stride: 1 }
		}
	],
	maxPool: [
		{
			op: { type: 'maxPool', kernel: 3, stride: 2, padding: 1, ceil: false },
			inputs: [[112, 112, 64]],
			derived: { output: [56, 56, 64] },
			window: { kernel: 3, stride: 2 }
		},
		{
			op: { type: 'maxPool', kernel: 3, stride: 2, padding: 0, ceil: true },
			inputs: [[112, 113, 64]],
			derived: { output: [56, 56, 64] },
			window: { kernel: 3, stride: 2 }
		},
		// A third window would start at 4, beyond the input and its padding.
		{
			op: { type: 'maxPool', kernel: 1, stride: 2, padding: 0, ceil: true },
			inputs: [[4, 5, 1]],
			derived: { output: [2, 3, 1] },
			window: { kernel: 1, stride: 2 }
		}
	],
	averagePool: [
		{
			op: { type: 'averagePool', kernel: 5, stride: 3 },
			inputs: [[14, 14, 512]],
			derived: { output: [4, 4, 512] },
			window: { kernel: 5, stride: 3 }
		}
	],
	lrn: [
		{
			op: { type: 'lrn', size: 5, alpha: 1e-4, beta: 0.75, k: 2 },
			inputs: [[27, 27, 96]],
			derived: { output: [27, 27, 96] },
			window: { kernel: 1, stride: 1 }
		}
	],
	dropout: [
		{
			op: { type: 'dropout', rate: 0.5 },
			inputs: [[4096]],
			derived: { output: [4096] },
			window: { kernel: 1, stride: 1 }
		}
	],
	concat: [
		{
			op: { type: 'concat' },
			inputs: [
				[28, 28, 64],
				[28, 28, 128],
				[28, 28, 32]
			],
			derived: { output: [28, 28, 224] },
			window: { kernel: 1, stride: 1 }
		}
	],
	flatten: [
		{
			op: { type: 'flatten' },
			inputs: [[6, 6, 256]],
			derived: { output: [9216] },
			window: null
		}
	],
	batchNorm: [
		{
			op: { type: 'batchNorm' },
			inputs: [[8, 8, 16]],
			derived: {
				output: [8, 8, 16],
				parameters: { gamma: [16], beta: [16] },
				averages: { mean: [16], variance: [16] }
			},
			window: { kernel: 1, stride: 1 }
		}
	],
	groupNorm: [
		{
			op: { type: 'groupNorm', groups: 4 },
			inputs: [[8, 8, 12]],
			derived: { output: [8, 8, 12], parameters: { gamma: [12], beta: [12] } },
			window: { kernel: 1, stride: 1 }
		}
	],
	activation: [
		{
			op: { type: 'activation', activation: 'tanh' },
			inputs: [[8, 8, 16]],
			derived: { output: [8, 8, 16] },
			window: { kernel: 1, stride: 1 }
		}
	],
	subsample: [
		{
			op: { type: 'subsample', stride: 2, channels: 32 },
			inputs: [[15, 16, 16]],
			derived: { output: [8, 8, 32] },
			window: { kernel: 1, stride: 2 }
		}
	],
	add: [
		{
			op: { type: 'add' },
			inputs: [
				[8, 8, 16],
				[8, 8, 16]
			],
			derived: { output: [8, 8, 16] },
			window: { kernel: 1, stride: 1 }
		}
	],
	multiply: [
		{
			op: { type: 'multiply' },
			inputs: [[8, 8, 16], [16]],
			derived: { output: [8, 8, 16] },
			window: { kernel: 1, stride: 1 }
		},
		{
			op: { type: 'multiply', complement: true },
			inputs: [
				[8, 8, 16],
				[8, 8, 16]
			],
			derived: { output: [8, 8, 16] },
			window: { kernel: 1, stride: 1 }
		}
	],
	scale: [
		{
			op: { type: 'scale', initial: 0 },
			inputs: [[8, 8, 16]],
			derived: { output: [8, 8, 16], parameters: { scale: [1] } },
			window: { kernel: 1, stride: 1 }
		}
	],
	globalAveragePool: [
		{
			op: { type: 'globalAveragePool' },
			inputs: [[7, 7, 512]],
			derived: { output: [512] },
			window: null
		}
	],
	dense: [
		{
			op: { type: 'dense', units: 10, bias: true },
			inputs: [[64]],
			derived: { output: [10], parameters: { kernel: [64, 10], bias: [10] }, macs: 640 },
			window: null
		}
	]
};

describe.each(Object.keys(EXAMPLES) as OpType[])('%s', (type) => tryOut(type));

function tryOut<T extends OpType>(type: T): void {
	it.each(EXAMPLES[type])('$op of $inputs', ({ op, inputs, derived, window }) => {
		expect(OPS[type].check?.(op, inputs) ?? null).toBeNull();
		expect(OPS[type].derive(op, inputs)).toEqual(derived);
		expect(OPS[type].window(op)).toEqual(window);
	});
}

describe('what does not fit', () => {
	const conv = { filters: 8, kernel: [3, 3], stride: 1, padding: 0, bias: false } as const;
	it.each([
		['channels in groups', () => OPS.conv.check?.({ ...conv, groups: 2 }, [[8, 8, 3]]), '3 and 8'],
		['filters in groups', () => OPS.conv.check?.({ ...conv, groups: 3 }, [[8, 8, 3]]), '3 and 8'],
		['a low map', () => OPS.conv.check?.(conv, [[2, 8, 3]]), '2×8'],
		['a narrow map', () => OPS.conv.check?.(conv, [[8, 2, 3]]), '8×2'],
		[
			'maps of two sizes',
			() =>
				OPS.concat.check?.({}, [
					[8, 8, 3],
					[8, 7, 3]
				]),
			'8×8×3 and 8×7×3'
		],
		[
			'fewer channels',
			() => OPS.subsample.check?.({ stride: 2, channels: 2 }, [[8, 8, 3]]),
			'2 ch'
		],
		[
			'a sum of two shapes',
			() =>
				OPS.add.check?.({}, [
					[8, 8, 3],
					[8, 8, 4]
				]),
			'8×8×3 and 8×8×4'
		],
		['factors of other channels', () => OPS.multiply.check?.({}, [[8, 8, 3], [4]]), '8×8×3 and 4'],
		['a sum of one', () => OPS.add.check?.({}, [[8, 8, 3]]), 'adds 8×8×3']
	])('%s', (_, problem, words) => expect(problem()).toContain(words));
});

it('layers are what has a kernel', () => {
	for (const [type, examples] of Object.entries(EXAMPLES))
		for (const { derived } of examples)
			expect(OPS[type as OpType].weighted ?? false, type).toBe(
				'kernel' in (derived.parameters ?? {})
			);
});
