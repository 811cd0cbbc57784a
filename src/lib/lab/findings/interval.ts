/** Confidence intervals of means over few seeds. */
import { deviation, mean } from 'd3';

/** The 97.5 % quantile of Student's t distribution, by degrees of freedom from 1. */
const T = [
	...[12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
	...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093]
];

/** A mean with its 95 % confidence interval. */
export interface Interval {
	readonly mean: number;
	readonly low: number;
	readonly high: number;
}

/**
 * The mean of a quantity over seeds, with its 95 % confidence interval by Student's t: mean ± t s / √n.
 * @param values one per seed, 2 to 20
 */
export function intervalOf(values: readonly number[]): Interval {
	const centre = mean(values) ?? NaN;
	const half =
		((T[values.length - 2] ?? NaN) * (deviation(values) ?? NaN)) / Math.sqrt(values.length);
	return { mean: centre, low: centre - half, high: centre + half };
}
