/** Compares initial weights in another program with those of the app. */
import { expect } from 'vitest';
import {
	analyse,
	CIFAR_DEFAULTS,
	formatName,
	INITIALISATIONS,
	networkOf,
	parseName,
	type CifarOptions,
	type NetworkSpec
} from '$lib/network';
import { freshWeights, toTensors } from '../weights';

const SMALL: CifarOptions = { ...CIFAR_DEFAULTS, depth: 8, size: 8, channels: 2 };

/**
 * Networks with every initialisation: with post-activation, without normalisation, with pre-activation; and those of the
 * class-sized families that start in ways of their own.
 */
export const DRAWN: readonly NetworkSpec[] = [
	...INITIALISATIONS.flatMap((initialisation) =>
		[{}, { norm: 'none' } as const, { shortcut: 'C', order: 'pre' } as const].map(
			(change): NetworkSpec => ({
				family: 'cifar',
				options: { ...SMALL, initialisation, ...change }
			})
		)
	),
	...[
		...['alexnet-mini?width=4', 'resnext-mini?depth=11&init=xavier', 'densenet-mini?depth=10'],
		...['highway-mini?depth=7', 'highway-mini?depth=7&norm=on&init=zero-residual'],
		...['highway-mini?depth=7&init=zero-residual', 'densenet-mini?depth=7&init=zero-residual'],
		...['se-mini?depth=8&init=zero-residual', 'rezero-mini?depth=8&init=twice-he'],
		...['skipinit', 'skipinit&init=zero-residual'].map((end) => `rezero-mini?depth=8&scale=${end}`)
	].map(parseName)
];

/** Mean and standard deviation of tensors by their names in PyTorch, for each network of `DRAWN`. */
export function expectDrawnAlike(told: readonly Record<string, [mean: number, std: number]>[]) {
	expect(told).toHaveLength(DRAWN.length);
	told.forEach((own, i) => {
		const analysed = analyse(networkOf(DRAWN[i]));
		const tensors = toTensors(analysed, freshWeights(analysed, 1));
		expect(Object.keys(own).sort()).toEqual([...tensors.keys()].sort());
		for (const [name, { values }] of tensors) {
			const count = values.length;
			const mean = values.reduce((a, b) => a + b) / count;
			const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
			// Tolerates six standard errors of the difference between two samples.
			const near = (6 * std) / Math.sqrt(count / 2);
			const where = `${name} of ${formatName(DRAWN[i])}`;
			expect(Math.abs(own[name][0] - mean), where).toBeLessThanOrEqual(near);
			expect(Math.abs(own[name][1] - std), where).toBeLessThanOrEqual(near / 2);
		}
	});
}
