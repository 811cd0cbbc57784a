import { describe, expect, it } from 'vitest';
import { CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import { numberAt, placeMetrics, type MetricPlaces } from './metrics';
import { compile } from './plan/compile';
import { mapNames } from './plan/plan';
import { ROW } from './webgl/layout';
import * as gl from './webgl/places';
import { NOWHERE } from './webgpu/head';
import * as gpu from './webgpu/places';
import { REGION } from './webgpu/programs';

const options = { ...CIFAR_DEFAULTS, depth: 14, width: 5, size: 9, channels: 3 };
const plan = compile(cifarNetwork({ ...options, shortcut: 'B' }));
const { parameters, layers, blocks, parameterCount } = plan.network;

describe('places of parameters', () => {
	it('are the only ones of their numbers on webgl, and gamma follows beta', () => {
		const { places } = gl.placeParameters(plan);
		const taken = places.flatMap(({ order }) => [...order]);
		expect(taken).toHaveLength(parameterCount);
		expect(new Set(taken).size).toBe(parameterCount);
		for (const op of plan.forward)
			if (op.kind === 'combine' && op.norm)
				expect(places[op.norm.gamma].first).toBe(places[op.norm.beta].first + 256);
	});

	it('have one among the kernels of each direction on webgpu', () => {
		const placed = gpu.placeParameters(plan);
		const { kernels, order, count } = gpu.placeKernels(plan, placed);
		const goals = order.filter((goal) => goal !== NOWHERE);
		const convolved = plan.forward.flatMap((op) => (op.kind === 'conv' ? [op.weights] : []));
		const numbers = convolved.reduce((sum, i) => sum + parameters[i].size, 0);
		expect(goals).toHaveLength(2 * numbers);
		expect(new Set(goals).size).toBe(2 * numbers);
		expect(Math.max(...goals)).toBeLessThan(count);
		for (const i of convolved) {
			const { first } = placed.places[i];
			expect(order[2 * first]).toBe(kernels[i].forward.first);
			expect(order[2 * first + 1]).toBe(kernels[i].backward.first);
		}
	});
});

it.each([
	[ROW * 4, 4, 4],
	[REGION, 1, REGION]
])('no two metrics of a step have one place in rows of %i', (row, stride, apart) => {
	const { places, count } = placeMetrics(plan, row, stride, apart);
	const lengths: Record<keyof MetricPlaces, number> = {
		gradientNorms: parameters.length,
		weightNorms: layers.length,
		updateNorms: layers.length,
		deadShares: layers.length,
		blockOutputGradientNorms: blocks.length,
		blockOutputStd: blocks.length
	};
	const taken = (Object.keys(places) as (keyof MetricPlaces)[]).flatMap((name) =>
		Array.from({ length: lengths[name] }, (_, i) => numberAt(places[name], i))
	);
	expect(new Set([0, 1, ...taken]).size).toBe(2 + taken.length);
	expect(Math.max(...taken)).toBeLessThan(count);
});

it('gives maps names by which lanes share them', () => {
	const small = { height: 8, width: 8, channels: 4 };
	const large = { ...small, height: 16 };
	const names = mapNames([small, large, small]);
	expect(new Set(names).size).toBe(3);
	expect(mapNames([large, small, small, small])).toEqual(expect.arrayContaining([...names]));
});
