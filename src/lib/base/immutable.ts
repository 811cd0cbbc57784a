/** A deeply read-only type, for values that a schema has checked. */
export type Immutable<T> = T extends ArrayBufferView | bigint | string
	? T
	: { readonly [K in keyof T]: Immutable<T[K]> };
