/** What experiments and records said in earlier versions, read as what says it today. */

/**
 * `batchNorm`, true or false, as `norm`, wherever it stands in plain objects and arrays; all else as it is.
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
