/** What experiments and records said in earlier versions, read as what says it today. */

/**
 * `batchNorm`, true or false, as `norm`, wherever it stands in plain objects and arrays; all else as it is.
 * @returns a value of the same shape
 */
export function withNorm<T>(value: T): T {
	return renamed(value) as T;
}

function renamed(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(renamed);
	if (value?.constructor !== Object) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, own]) =>
			key === 'batchNorm' ? ['norm', own ? 'batch' : 'none'] : [key, renamed(own)]
		)
	);
}
