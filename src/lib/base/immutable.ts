/** A value that nobody changes: what a schema lets through, read-only to its last part. */
export type Immutable<T> = T extends ArrayBufferView | bigint | string
	? T
	: { readonly [K in keyof T]: Immutable<T[K]> };
