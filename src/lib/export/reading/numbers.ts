/** The number types of files of weights, by their names in safetensors, and tensors that are read when they are needed. */
import { WeightsError } from './problems';

/** A tensor in a file. */
export interface StoredTensor {
	readonly shape: readonly number[];
	readonly type: NumberType;
	/**
	 * Reads the values, in row-major order.
	 * @throws WeightsError if they are cut, damaged or of a type that is not converted
	 */
	readonly values: () => Promise<Float32Array>;
}

/** The value of IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function half(bits: number): number {
	const exponent = (bits >> 10) & 31;
	const fraction = (bits & 1023) / 1024;
	const sign = bits & 0x8000 ? -1 : 1;
	if (exponent === 31) return fraction ? NaN : sign * Infinity;
	return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction);
}
/** All of them, because networks have millions. */
let halves: Float32Array | null = null;

function F16(bytes: ArrayBuffer): Float32Array {
	const table = (halves ??= Float32Array.from({ length: 65536 }, (_, bits) => half(bits)));
	const from = new Uint16Array(bytes);
	const into = new Float32Array(from.length);
	for (let i = 0; i < from.length; i++) into[i] = table[from[i]];
	return into;
}

/** bfloat16 is the upper half of a 32-bit float. */
function BF16(bytes: ArrayBuffer): Float32Array {
	const from = new Uint16Array(bytes);
	const into = new Uint32Array(from.length);
	for (let i = 0; i < from.length; i++) into[i] = from[i] << 16;
	return new Float32Array(into.buffer);
}

const F32 = (bytes: ArrayBuffer) => new Float32Array(bytes);
const F64 = (bytes: ArrayBuffer) => new Float32Array(new Float64Array(bytes));

/** Bytes of a number, and its conversion to 32 bits; types without one are listed but cannot be weights here. */
export const NUMBER_TYPES = {
	F64: { bytes: 8, convert: F64 },
	F32: { bytes: 4, convert: F32 },
	F16: { bytes: 2, convert: F16 },
	BF16: { bytes: 2, convert: BF16 },
	F8_E4M3: { bytes: 1, convert: null },
	F8_E5M2: { bytes: 1, convert: null },
	F8_E8M0: { bytes: 1, convert: null },
	C64: { bytes: 8, convert: null },
	C128: { bytes: 16, convert: null },
	I64: { bytes: 8, convert: null },
	I32: { bytes: 4, convert: null },
	I16: { bytes: 2, convert: null },
	I8: { bytes: 1, convert: null },
	U64: { bytes: 8, convert: null },
	U32: { bytes: 4, convert: null },
	U16: { bytes: 2, convert: null },
	U8: { bytes: 1, convert: null },
	BOOL: { bytes: 1, convert: null }
} as const satisfies Record<
	string,
	{ readonly bytes: number; readonly convert: ((bytes: ArrayBuffer) => Float32Array) | null }
>;
export type NumberType = keyof typeof NUMBER_TYPES;

export const isNumberType = (name: unknown): name is NumberType =>
	typeof name === 'string' && Object.hasOwn(NUMBER_TYPES, name);

/** Numbers of a tensor as 32-bit floats. @throws WeightsError naming the tensor if its type is not one of floats */
export function toFloats(tensor: string, type: NumberType, bytes: ArrayBuffer): Float32Array {
	const { convert } = NUMBER_TYPES[type];
	if (!convert) throw new WeightsError({ code: 'type', tensor, type });
	return convert(bytes);
}

/** The number of values of a shape; NaN if it is not a shape. */
export const countOf = (shape: unknown): number =>
	Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
		? (shape as number[]).reduce((a, b) => a * b, 1)
		: NaN;
