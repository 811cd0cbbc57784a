/** Numbers in JSON, which knows neither NaN nor infinities: those are written as strings. */
import * as v from 'valibot';

const NON_FINITE: Record<string, number> = { NaN, Infinity, '-Infinity': -Infinity };

export const encodeNumber = (value: number): number | string =>
	Number.isFinite(value) ? value : String(value);

/** The shortest decimal that reads back as the same 32-bit float. */
export function shortest(value: number): number {
	for (let digits = 6; digits <= 9; digits++) {
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

const EXPECTED = 'expected a number, "NaN", "Infinity" or "-Infinity"';

/** What is wrong with a value that should be a number from `min` to `max` or NaN, in English; null if nothing is. */
function wrong(value: unknown, min: number, max: number): string | null {
	const number = decode(value);
	if (number === undefined) return `${EXPECTED}, received ${JSON.stringify(value)}`;
	if (number < min || number > max)
		return `expected a number ${max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`}, received ${number}`;
	return null;
}

/** A number from `min` to `max`, or NaN. */
const numberFrom = (min: number, max: number) =>
	v.pipe(
		v.unknown(),
		v.check(
			(value) => wrong(value, min, max) === null,
			({ input }) => wrong(input, min, max) ?? ''
		),
		v.transform((value) => decode(value) ?? NaN)
	);

/** A list of 32-bit floats. Checks and converts in one loop: lists of floats hold nearly all of a record. */
const floatsFrom = (min: number, max: number) =>
	v.pipe(
		v.array(v.unknown(), 'expected a list of numbers'),
		v.rawTransform(({ dataset, addIssue, NEVER }) => {
			const { value: input } = dataset;
			const floats = new Float32Array(input.length);
			for (let key = 0; key < input.length; key++) {
				const value = input[key];
				const number = typeof value === 'number' ? value : (decode(value) ?? NaN);
				if (number >= min && number <= max) {
					floats[key] = number;
					continue;
				}
				const message = wrong(value, min, max);
				if (message !== null) {
					addIssue({
						message,
						path: [{ type: 'array', origin: 'value', input, key, value }]
					});
					return NEVER;
				}
				floats[key] = NaN;
			}
			return floats;
		})
	);

/** Any number. */
export const numberSchema = numberFrom(-Infinity, Infinity);
/** A loss, a norm or a time. */
export const magnitudeSchema = numberFrom(0, Infinity);
export const magnitudesSchema = floatsFrom(0, Infinity);
/** An error or another share that may be NaN, 0…1. */
export const anyShareSchema = numberFrom(0, 1);
export const anySharesSchema = floatsFrom(0, 1);

/** A step, a lane, a block or a number of images. */
export const indexSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

/** An error or a probability, 0…1. */
export const shareSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
