/** Numbers in JSON, which knows neither NaN nor infinities: those are written as strings. */
import * as v from 'valibot';

const NON_FINITE: Record<string, number> = { NaN, Infinity, '-Infinity': -Infinity };

export const encodeNumber = (value: number): number | string =>
	Number.isFinite(value) ? value : String(value);

/** The shortest decimal that reads back as the same 32-bit float. */
export function shortest(value: number): number {
	for (let digits = 6; digits < 9; digits++) {
		const short = Number(value.toPrecision(digits));
		if (Math.fround(short) === value) return short;
	}
	return value;
}

function decode(value: unknown): number | undefined {
	if (typeof value === 'number') return value;
	return typeof value === 'string' && Object.hasOwn(NON_FINITE, value)
		? NON_FINITE[value]
		: undefined;
}

const isNumber = (value: unknown) => decode(value) !== undefined;

export const numberSchema = v.pipe(
	v.unknown(),
	v.check(isNumber, 'expected a number, "NaN", "Infinity" or "-Infinity"'),
	v.transform((value) => decode(value) ?? NaN)
);

/** Checks and converts in one loop: lists of floats hold nearly all of a record. */
export const floatsSchema = v.pipe(
	v.array(v.unknown(), 'expected a list of numbers'),
	v.check((values) => values.every(isNumber), 'expected numbers only'),
	v.transform((values) => Float32Array.from(values, (value) => decode(value) ?? NaN))
);

/** A step, a lane, a block or a number of images. */
export const indexSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

/** An error or a probability, 0…1. */
export const shareSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
