/** Compares initial weights in another program with those of the app. */
import { expect } from 'vitest';
import {
	analyse,
	cifarNetwork,
	CIFAR_DEFAULTS,
	INITIALISATIONS,
	type CifarOptions
} from '$lib/network';
import { freshWeights, toTensors } from '../weights';

const SMALL: CifarOptions = { ...CIFAR_DEFAULTS, depth: 8, size: 8, channels: 2 };

/** Networks with every initialisation: with post-activation, without normalisation, and with pre-activation. */
export const DRAWN = INITIALISATIONS.flatMap((initialisation) =>
	[{}, { norm: 'none' } as const, { shortcut: 'C', order: 'pre' } as const].map(
		(change): CifarOptions => ({
			...SMALL,
			initialisation,
			...change
		})
	)
);

/** Mean and standard deviation of tensors by their names in PyTorch, for each network of `DRAWN`. */
export function expectDrawnAlike(told: readonly Record<string, [mean: number, std: number]>[]) {
	expect(told).toHaveLength(DRAWN.length);
	told.forEach((own, i) => {
		const analysed = analyse(cifarNetwork(DRAWN[i]));
		const tensors = toTensors(analysed, freshWeights(analysed, 1));
		expect(Object.keys(own).sort()).toEqual([...tensors.keys()].sort());
		for (const [name, { values }] of tensors) {
			const count = values.length;
			const mean = values.reduce((a, b) => a + b) / count;
			const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
			// Tolerates six standard errors of the difference between two samples.
			const near = (6 * std) / Math.sqrt(count / 2);
			const where = `${name} of ${JSON.stringify(DRAWN[i])}`;
			expect(Math.abs(own[name][0] - mean), where).toBeLessThanOrEqual(near);
			expect(Math.abs(own[name][1] - std), where).toBeLessThanOrEqual(near / 2);
		}
	});
}
