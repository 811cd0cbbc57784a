/**
 * The arithmetic in which formulas are written. A formula is a function of `Terms<T>`: with numbers for T it computes
 * (`NUMBERS`), with strings it prints itself in a language (`print.ts`), with tensors it is the reference (`tfjs/terms.ts`).
 */

export interface Terms<T> {
	constant(value: number): T;
	add(a: T, b: T): T;
	sub(a: T, b: T): T;
	mul(a: T, b: T): T;
	div(a: T, b: T): T;
	exp(x: T): T;
	sqrt(x: T): T;
	tanh(x: T): T;
	/** `yes` if a < b, else `no` (also if one of them is NaN). */
	below(a: T, b: T, yes: T, no: T): T;
	/** Names a value that is used more than once; printed formulas declare a variable for it. */
	named(name: string, value: T): T;
}

/** The arithmetic on 64-bit floats. */
export const NUMBERS: Terms<number> = {
	constant: (value) => value,
	add: (a, b) => a + b,
	sub: (a, b) => a - b,
	mul: (a, b) => a * b,
	div: (a, b) => a / b,
	exp: Math.exp,
	sqrt: Math.sqrt,
	tanh: Math.tanh,
	below: (a, b, yes, no) => (a < b ? yes : no),
	named: (_, value) => value
};

/** The number of an entry in the kernels: its position in its table of formulas. */
export const codeOf = <K extends string>(table: Readonly<Record<K, unknown>>, key: K): number =>
	Object.keys(table).indexOf(key);
