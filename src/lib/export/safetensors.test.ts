import { describe, expect, it } from 'vitest';
import { analyse, CIFAR_DEFAULTS, cifarNetwork, type CifarOptions } from '$lib/network';
import { readSafetensors, SafetensorsError, writeSafetensors, type Tensor } from './safetensors';
import { fromTensors, toTensors, type Weights } from './weights';

const OPTIONS: CifarOptions = { ...CIFAR_DEFAULTS, depth: 8, width: 3, size: 16, channels: 1 };

function weightsOf(options: CifarOptions): Weights {
	let next = 0;
	const numbers = (length: number) => Float32Array.from({ length }, () => next++ / 7);
	const { parameters, nodes } = analyse(cifarNetwork(options));
	return {
		parameters: new Map(parameters.map(({ name, size }) => [name, numbers(size)])),
		averages: new Map(
			nodes.flatMap(({ node, outputShape }) =>
				node.type === 'batchNorm'
					? ['mean', 'variance'].map(
							(kind) => [`${node.id}/${kind}`, numbers(outputShape.at(-1)!)] as const
						)
					: []
			)
		)
	};
}

describe('weights as tensors', () => {
	it.each<Partial<CifarOptions>>([
		{},
		{ shortcut: 'none' },
		{ shortcut: 'B' },
		{ shortcut: 'C', order: 'pre' },
		{ norm: 'none', shortcut: 'B' }
	])('come back from a file as they were: %o', (change) => {
		const network = analyse(cifarNetwork({ ...OPTIONS, ...change }));
		const weights = weightsOf({ ...OPTIONS, ...change });
		const file = writeSafetensors(toTensors(network, weights));
		expect(fromTensors(network, readSafetensors(file))).toEqual(weights);
	});

	it('have the layout of PyTorch', () => {
		const network = analyse(cifarNetwork(OPTIONS));
		const weights = weightsOf(OPTIONS);
		const tensors = toTensors(network, weights);
		const kernel = tensors.get('blocks.1.conv1.weight')!;
		expect(kernel.shape).toEqual([6, 3, 3, 3]);
		// Filter 4, channel 2, row 1, column 0.
		const hwio = weights.parameters.get('block1/conv1/kernel')!;
		expect(kernel.values[((4 * 3 + 2) * 3 + 1) * 3]).toBe(hwio[((1 * 3 + 0) * 3 + 2) * 6 + 4]);
		expect(tensors.get('dense.weight')!.shape).toEqual([10, 12]);
		expect(tensors.get('stem_norm.running_var')!.shape).toEqual([3]);
	});

	it('that do not fit are refused with the name and shape of the tensor', () => {
		const network = analyse(cifarNetwork(OPTIONS));
		const tensors = toTensors(network, weightsOf(OPTIONS));
		const without = new Map(tensors);
		without.delete('blocks.2.norm1.bias');
		expect(() => fromTensors(network, without)).toThrow(
			'no tensor blocks.2.norm1.bias: expected one of shape [12]'
		);
		const other = new Map<string, Tensor>(tensors).set('dense.weight', {
			shape: [10, 6],
			values: new Float32Array(60)
		});
		expect(() => fromTensors(network, other)).toThrow(
			'dense.weight: expected the shape [10, 12], received [10, 6]'
		);
	});
});

describe('a damaged file', () => {
	const file = writeSafetensors(
		new Map([['a', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }]])
	);
	const withHeader = (header: string) => {
		const head = new TextEncoder().encode(header);
		const bytes = new Uint8Array(8 + head.length + 16);
		new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
		bytes.set(head, 8);
		return bytes;
	};
	it.each<[string, Uint8Array, string]>([
		['empty', new Uint8Array(), 'header does not fit'],
		['a picture', Uint8Array.from({ length: 40 }, (_, i) => i * 6), 'header does not fit'],
		['cut', file.subarray(0, file.length - 4), 'a: its numbers are not all there'],
		['no JSON', withHeader('{cat'), 'header is no JSON'],
		[
			'of halves',
			withHeader('{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}'),
			'expected F32, received F16'
		]
	])('that is %s is told', (_, bytes, message) => {
		expect(() => readSafetensors(bytes)).toThrow(SafetensorsError);
		expect(() => readSafetensors(bytes)).toThrow(message);
	});
});
