import { describe, expect, it } from 'vitest';
import { initialParameters } from '$lib/engine';
import { analyse, CIFAR_DEFAULTS, cifarNetwork } from '$lib/network';
import { GRIDS } from './record';
import { newPoints, planeDirections } from './measure';

const network = cifarNetwork({ ...CIFAR_DEFAULTS, depth: 8, width: 4 });
const { parameters } = analyse(network);
const weights = initialParameters(network, 3);

/** L2 norm of the numbers of one filter. */
const norm = (values: Float32Array, filter: number, filters: number) =>
	Math.hypot(...values.filter((_, i) => i % filters === filter));

describe('the plane around weights', () => {
	const [first, second] = planeDirections(parameters, weights, 1);

	it('has in every filter the norm of that filter', () => {
		for (const { name, shape } of parameters.filter(({ role }) => role === 'kernel'))
			for (const direction of [first, second])
				for (let filter = 0; filter < shape.at(-1)!; filter++)
					expect(norm(direction.get(name)!, filter, shape.at(-1)!)).toBeCloseTo(
						norm(weights.get(name)!, filter, shape.at(-1)!),
						5
					);
	});

	it('moves kernels alone', () => {
		expect([...first.keys()]).toEqual(
			parameters.flatMap(({ name, role }) => (role === 'kernel' ? [name] : []))
		);
	});

	it('is the same for the same seed and another for another, and its directions differ', () => {
		expect(planeDirections(parameters, weights, 1)).toEqual([first, second]);
		expect(planeDirections(parameters, weights, 2)[0]).not.toEqual(first);
		expect(second).not.toEqual(first);
	});
});

describe('grids', () => {
	it('take over every point of the coarser one', () => {
		let known = 0;
		GRIDS.forEach((size, i) => {
			known += newPoints(size, i ? GRIDS[i - 1] : null).length;
			expect(known).toBe(size * size);
		});
		expect(newPoints(9, 5)).not.toContainEqual([0, 4]);
		expect(newPoints(9, 5)).toContainEqual([0, 3]);
	});
});
