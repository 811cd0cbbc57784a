/** What a norm is where it is no number of a logarithmic axis. Apart from its colours, which every page would load else. */

export type NormClass = 'finite' | 'zero' | 'infinite' | 'nan';

/** What a norm, never negative, is. 32-bit floats below 1e-45 are zero, above 3.4e38 infinite. */
export function classifyNorm(norm: number): NormClass {
	if (Number.isNaN(norm)) return 'nan';
	if (norm === 0) return 'zero';
	return Number.isFinite(norm) ? 'finite' : 'infinite';
}
