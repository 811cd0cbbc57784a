import { describe, expect, it } from 'vitest';
import { analyse, CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import { PROBES, probeValues } from './probes';

const network = analyse(cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8 }));
const metrics = {
	loss: 2,
	trainingError: 0.5,
	gradientNorms: Float32Array.from(network.parameters, (_, i) => i + 1),
	weightNorms: Float32Array.from(network.layers, () => 2),
	updateNorms: Float32Array.from(network.layers, (_, i) => i / 2),
	deadShares: Float32Array.from(network.layers, (_, i) => (i < 7 ? i / 8 : NaN)),
	blockOutputGradientNorms: Float32Array.of(10, 20, 30),
	blockOutputStd: Float32Array.of(0.5, 0.25, 0.125)
};

describe('readings by column', () => {
	it('have one for every column, whatever the probe', () => {
		for (const probe of PROBES) expect(probeValues(probe, network, metrics)).toHaveLength(8);
	});

	it('take the kernel of each layer', () => {
		const [first, second] = network.layers;
		const values = probeValues('gradient', network, metrics);
		expect(values[0]).toBe(first.kernel + 1);
		expect(values[1]).toBe(second.kernel + 1);
		const { size } = network.parameters[second.kernel];
		expect(probeValues('gradient-rms', network, metrics)[1]).toBeCloseTo(
			(second.kernel + 1) / Math.sqrt(size),
			12
		);
	});

	it('are shares of the norm of the kernel', () => {
		const { kernel } = network.layers[3];
		expect(probeValues('gradient-ratio', network, metrics)[3]).toBe((kernel + 1) / 2);
		expect(probeValues('update-ratio', network, metrics)[3]).toBe(0.75);
	});

	it('have none where a layer has no ReLU, or an earlier record no such reading', () => {
		expect(probeValues('dead', network, metrics)).toEqual(
			[0, 1, 2, 3, 4, 5, 6, null].map((i) => i && i / 8)
		);
		const earlier = { ...metrics, weightNorms: new Float32Array(8).fill(NaN) };
		expect(probeValues('weight', network, earlier)).toEqual(Array(8).fill(null));
		expect(probeValues('update-ratio', network, earlier)).toEqual(Array(8).fill(null));
	});

	it('tell what was not measured from what is no number', () => {
		const none = { ...metrics, blockOutputStd: Float32Array.of(0.5, NaN, 0) };
		expect(probeValues('block-std', network, none).slice(1, 7)).toEqual([
			0.5,
			0.5,
			null,
			null,
			0,
			0
		]);
		const diverged = { ...none, loss: NaN, gradientNorms: metrics.gradientNorms.map(() => NaN) };
		expect(probeValues('block-std', network, diverged)[3]).toBeNaN();
		expect(probeValues('gradient-ratio', network, diverged)[3]).toBeNaN();
		const zeros = {
			...metrics,
			weightNorms: new Float32Array(8),
			updateNorms: new Float32Array(8)
		};
		expect(probeValues('update-ratio', network, zeros)).toEqual(Array(8).fill(null));
	});

	it('give both layers of a block the reading of its output, and none to those outside', () => {
		expect(probeValues('block-gradient', network, metrics)).toEqual([
			null,
			10,
			10,
			20,
			20,
			30,
			30,
			null
		]);
		expect(probeValues('block-std', network, metrics)[3]).toBe(0.25);
	});
});
