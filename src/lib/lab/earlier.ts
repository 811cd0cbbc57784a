/** Reads experiments and records of earlier versions: translates fields that have been renamed since. */

/**
 * Replaces `batchNorm` (a boolean) by `norm` in all nested plain objects and arrays; leaves everything else unchanged.
 * @returns a value of the same shape
 */
export function withNorm<T>(value: T): T {
	if (Array.isArray(value)) return value.map(withNorm) as T;
	if (value?.constructor !== Object) return value;
	const entries = Object.entries(value).map(([key, own]) =>
		key === 'batchNorm' ? ['norm', own ? 'batch' : 'none'] : [key, withNorm(own)]
	);
	return Object.fromEntries(entries) as T;
}
