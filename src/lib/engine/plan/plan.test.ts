import { describe, expect, it } from 'vitest';
import {
	CIFAR_DEFAULTS,
	cifarNetwork,
	networkOf,
	parseName,
	type CifarOptions
} from '$lib/network';
import { compile } from './compile';
import { padded, planBytes, type Convolution, type Target } from './plan';
import { phases, taps } from './taps';

const plan = (options: Partial<CifarOptions>) =>
	compile(cifarNetwork({ ...CIFAR_DEFAULTS, ...options }));

describe('the plan of a step', () => {
	it('has one convolution and one pass after it per layer, and their gradients', () => {
		const { forward, backward } = plan({ depth: 20 });
		expect(forward).toHaveLength(2 * 19);
		const kinds = backward.map(({ kind }) => kind);
		const count = (kind: string) => kinds.filter((k) => k === kind).length;
		expect(count('combineGrad')).toBe(19);
		expect(count('kernelGrad')).toBe(19);
		expect(count('inputGrad')).toBe(18);
		expect(count('subsampleGrad')).toBe(2);
	});

	it('keeps two maps a layer, and few gradients however deep the network is', () => {
		const extra = (depth: number) => plan({ depth }).buffers.length - (1 + 2 * (depth - 1));
		expect(extra(8)).toBe(extra(110));
		expect(extra(110)).toBeLessThanOrEqual(6);
	});

	it.each([
		...['none', 'A', 'B', 'C'].flatMap((shortcut) => [
			`cifar-${shortcut === 'none' ? 'plain' : 'resnet'}-14${shortcut === 'none' ? '' : `?shortcut=${shortcut}`}`,
			...(shortcut === 'none' ? [] : [`cifar-resnet-14?shortcut=${shortcut}&order=pre`])
		]),
		...['alexnet', 'alexnet-2012', 'vgg-16', 'googlenet', 'resnet-18', 'resnet-50?order=pre']
	])('of %s writes every gradient before it reads it, and measures every block once', (name) => {
		const { backward, forward, head, network } = compile(networkOf(parseName(name)));
		const written = new Set<number>();
		const write = (target: Target | null) => {
			if (target?.accumulate) expect(written).toContain(target.buffer);
			if (target) written.add(target.buffer);
		};
		for (const op of backward) {
			if ('dz' in op) expect(written, op.kind).toContain(op.dz);
			if ('dy' in op && typeof op.dy === 'number') expect(written, op.kind).toContain(op.dy);
			switch (op.kind) {
				case 'combineGrad':
					write(op.dy);
					break;
				case 'subsampleGrad':
					expect(written).toContain(op.from);
					expect(written).toContain(op.to);
					break;
				case 'concatGrad':
					op.dx.forEach(write);
					break;
				case 'multiplyGrad':
					write(op.da);
					write(op.db);
					break;
				case 'kernelGrad':
				case 'measure':
					break;
				default:
					write(op.dx);
			}
		}
		const blocks = [
			...forward.flatMap((op) => (op.kind === 'combine' ? (op.block ?? []) : [])),
			...backward.flatMap((op) => (op.kind === 'measure' ? op.block : []))
		];
		expect(blocks.sort((a, b) => a - b)).toEqual(network.blocks.map((_, i) => i));
		const convolutions = forward.filter(({ kind }) => kind === 'conv');
		expect(backward.filter(({ kind }) => kind === 'kernelGrad')).toHaveLength(convolutions.length);
		expect(head.classes).toBe(network.network.classes);
	});

	it('fuses what follows a convolution, and starts a pass at what others read too', () => {
		const { forward } = plan({ depth: 8, order: 'pre' });
		const combines = forward.flatMap((op) => (op.kind === 'combine' ? [op] : []));
		const fused = new Set(forward.flatMap((op) => (op.kind === 'conv' ? [op.node] : [])));
		// Of three blocks, the first pass follows nothing, the second the first convolution; the third is the sum.
		expect(combines.map(({ node }) => fused.has(node))).toEqual([
			...Array(3).fill([false, true, true]).flat(),
			false
		]);
		expect(combines.filter(({ block }) => block !== null).map(({ norm }) => norm)).toEqual(
			Array(3).fill(null)
		);
	});

	it('stores every block’s output before the next activation, without normalisation too', () => {
		const { forward } = plan({ depth: 8, order: 'pre', norm: 'none', shortcut: 'B' });
		const sums = forward.flatMap((op) =>
			op.kind === 'combine' && op.block !== null ? [op.activation] : []
		);
		expect(sums).toEqual([null, null, null]);
	});

	it('trains depth 110, width 16 on 32×32 in batches of 128 within 2 GB', () => {
		const { total } = planBytes([plan({ depth: 110 })], 128);
		expect(total).toBeLessThan(2e9);
		expect(total).toBeGreaterThan(1e9);
	});

	it('shares maps between lanes', () => {
		const one = planBytes([plan({ depth: 20 })], 128);
		const two = planBytes([plan({ depth: 20 }), plan({ depth: 20 })], 128);
		expect(two.maps).toBe(one.maps);
		expect(two.parameters).toBe(2 * one.parameters);
	});

	it('pads channels to groups of four', () => {
		expect([1, 3, 4, 5, 8].map(padded)).toEqual([4, 4, 4, 8, 8]);
	});
});

describe('the phases of a gradient by the input', () => {
	const conv = (kernel: number, stride: number) =>
		({ kernel: [kernel, kernel], stride, padding: (kernel - 1) / 2 }) as unknown as Convolution;

	it.each([
		[3, 1],
		[3, 2],
		[1, 1],
		[1, 2]
	])('are the adjoint of the forward taps, kernel %i, stride %i', (kernel, stride) => {
		const pairs = (list: [number, number, number][]) => list.map(String).sort();
		const size = 8;
		const forward: [number, number, number][] = [];
		for (let i = 0; i < size / stride; i++)
			for (const { weight, dy, dx } of taps(conv(kernel, stride)))
				if (dx === 0) forward.push([stride * i + dy, i, weight]); // along one axis
		const backward: [number, number, number][] = [];
		for (const phase of phases(conv(kernel, stride)))
			if (phase.column === 0)
				for (let i = 0; i < size / stride; i++)
					for (const { weight, dy, dx } of phase.taps)
						if (dx === 0 && (stride === 1 || weight % kernel === (kernel - 1) / 2))
							backward.push([stride * i + phase.row, i + dy, weight]);
		const inside = ([x, y]: [number, number, number]) =>
			x >= 0 && x < size && y >= 0 && y < size / stride;
		expect(pairs(backward.filter(inside))).toEqual(pairs(forward.filter(inside)));
	});
});
