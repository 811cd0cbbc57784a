import { describe, expect, it } from 'vitest';
import { CIFAR_DEFAULTS, cifarNetwork, NORMS, type CifarOptions } from '$lib/network';
import { compile, padded, phases, planBytes, taps, UnplannedError, type Convolution } from './plan';

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

	it.each(['none', 'A', 'B', 'C'] as const)(
		'writes every gradient before it reads it, shortcut %s',
		(shortcut) => {
			const { backward } = plan({ depth: 14, shortcut });
			const written = new Set<number>();
			for (const op of backward)
				switch (op.kind) {
					case 'headGrad':
						written.add(op.dz);
						break;
					case 'combineGrad':
						expect(written).toContain(op.dz);
						break;
					case 'inputGrad':
						if (op.accumulate) expect(written).toContain(op.dx);
						written.add(op.dx);
						break;
					case 'subsampleGrad':
						expect(written).toContain(op.from);
						expect(written).toContain(op.to);
				}
		}
	);

	it('has a map of every block’s output, which is measured there, or refuses the network', () => {
		for (const shortcut of ['none', 'A', 'B', 'C'] as const)
			for (const norm of NORMS)
				for (const order of [undefined, 'pre'] as const) {
					const options = { depth: 14, shortcut, norm, ...(order && { order }) };
					if (order && shortcut === 'none') continue; // no such network
					if (order) {
						expect(() => plan(options), JSON.stringify(options)).toThrow(UnplannedError);
						continue;
					}
					const { forward, network } = plan(options);
					const measured = forward.flatMap((op) => (op.kind === 'combine' ? (op.block ?? []) : []));
					expect(measured, JSON.stringify(options)).toEqual(network.blocks.map((_, i) => i));
				}
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
