/** Compares the formulas in 64 bits with their definitions: an activation's slope, an optimiser's published steps. */
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, type Activation } from '$lib/network';
import { updateConstants } from '../optimiser';
import { ACTIVATION_FORMULAS, activationCode, movesZero } from './activations';
import { keepsSquares, OPTIMISER_RULES, OPTIMISERS } from './optimisers';
import { NUMBERS } from './terms';

const POINTS = [-40, -6.5, -1, -0.3, -1e-3, 1e-3, 0.25, 1, 3, 12];

describe.each(ACTIVATIONS)('%s', (kind) => {
	const { value, gradient } = ACTIVATION_FORMULAS[kind];
	const f = (x: number) => value(NUMBERS, x);

	it('has the values of its name', () => {
		const named: Record<Activation, (x: number) => number> = {
			relu: (x) => Math.max(0, x),
			'leaky-relu': (x) => Math.max(0.01 * x, x),
			tanh: Math.tanh,
			sigmoid: (x) => (1 + Math.tanh(x / 2)) / 2
		};
		for (const x of POINTS) expect(f(x)).toBeCloseTo(named[kind](x), 14);
	});

	it.each(POINTS)('has its slope at %f', (x) => {
		const h = 1e-5;
		const slope = (f(x + h) - f(x - h)) / (2 * h);
		expect(gradient(NUMBERS, 3, f(x))).toBeCloseTo(3 * slope, 8);
	});

	it('passes on what is not a number', () => expect(f(NaN)).toBeNaN());
	it('tells whether padding has to be cleared', () => expect(movesZero(kind)).toBe(f(0) !== 0));
});

it('gives every activation a code, and none 0', () => {
	expect([null, ...ACTIVATIONS].map(activationCode).toSorted()).toEqual([0, 1, 2, 3, 4]);
});

describe.each(OPTIMISERS)('%s', (optimiser) => {
	/** Makes steps on f(w) = c w² / 2 for several c. */
	function train(steps: number, learningRate: number) {
		return [0.5, 1, 4].map((c) => {
			let [w, v, s] = [2, 0, 0];
			for (let step = 1; step <= steps; step++) {
				const recipe = { learningRate, momentum: 0.5, weightDecay: 0, optimiser, step };
				const after = OPTIMISER_RULES[optimiser].update(NUMBERS, {
					...updateConstants(recipe),
					...{ w, v, s, g: c * w }
				});
				[w, v, s] = [w - after.change, after.v, after.s ?? s];
			}
			return w;
		});
	}

	it('goes downhill', () => {
		for (const w of train(1000, 0.005)) expect(Math.abs(w)).toBeLessThan(0.1);
	});

	it('scales its steps by past gradients where it keeps their squares', () => {
		const [flat, , steep] = train(1, 0.001).map((w) => 2 - w);
		if (keepsSquares(optimiser)) expect(steep / flat).toBeCloseTo(1, 6);
		else expect(steep / flat).toBeCloseTo(8, 6);
	});
});
