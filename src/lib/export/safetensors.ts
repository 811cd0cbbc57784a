/** The safetensors format: a JSON header with names, types, shapes and byte ranges, then the numbers. */
import {
	countOf,
	isNumberType,
	NUMBER_TYPES,
	toFloats,
	type StoredTensor
} from './reading/numbers';
import { WeightsError } from './reading/problems';

export interface Tensor {
	readonly shape: readonly number[];
	readonly values: Float32Array;
}

/** Writes 32-bit floats. */
export function writeSafetensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
	const header: Record<string, object> = {};
	let at = 0;
	for (const [name, { shape, values }] of tensors) {
		header[name] = { dtype: 'F32', shape, data_offsets: [at, (at += values.byteLength)] };
	}
	let text = JSON.stringify(header);
	text += ' '.repeat(-text.length & 7);
	const head = new TextEncoder().encode(text);
	const file = new Uint8Array(8 + head.length + at);
	new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
	file.set(head, 8);
	let to = 8 + head.length;
	for (const { values } of tensors.values()) {
		file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), to);
		to += values.byteLength;
	}
	return file;
}

/** A network of 1202 layers has 0.8 MB. */
const LONGEST_HEADER = 16e6;
const OPEN_BRACE = 0x7b;

/** An entry of the header whose values agree with each other. */
interface Listed {
	readonly name: string;
	readonly tensor: StoredTensor;
	readonly start: number;
	readonly end: number;
}

/**
 * Reads the header; the numbers are read when they are needed. Every byte must belong to exactly one tensor.
 * @returns null if the file does not begin as one of safetensors
 * @throws WeightsError saying what is wrong, and with which tensor
 */
export async function readSafetensors(blob: Blob): Promise<Map<string, StoredTensor> | null> {
	const start = new Uint8Array(await blob.slice(0, 9).arrayBuffer());
	if (start.length < 9) return null;
	const length = Number(new DataView(start.buffer).getBigUint64(0, true));
	if (length < 2 || length > LONGEST_HEADER) return null;
	const body = 8 + length;
	if (body > blob.size) {
		if (start[8] !== OPEN_BRACE) return null;
		throw new WeightsError({ code: 'cut', expected: null, found: blob.size });
	}
	const text = new TextDecoder().decode(await blob.slice(8, body).arrayBuffer());
	let header: unknown;
	try {
		header = JSON.parse(text);
	} catch (error) {
		if (start[8] !== OPEN_BRACE) return null;
		throw damaged(`its header is not JSON: ${(error as Error).message}`);
	}
	if (typeof header !== 'object' || header === null || Array.isArray(header))
		throw damaged(`its header is ${text.slice(0, 20)}, not an object of tensors`);
	const listed = Object.entries(header)
		.filter(([name]) => name !== '__metadata__')
		.map(([name, info]) => listedOf(name, info, blob, body))
		.sort((a, b) => a.start - b.start || a.end - b.end);
	const end = listed.at(-1)?.end ?? 0;
	if (end > blob.size - body)
		throw new WeightsError({ code: 'cut', expected: body + end, found: blob.size });
	let at = 0;
	let before = '';
	for (const { name, start, end } of listed) {
		if (start < at) throw new WeightsError({ code: 'overlap', tensor: name, other: before });
		if (start > at) throw new WeightsError({ code: 'hole', tensor: name, bytes: start - at });
		at = end;
		before = name;
	}
	if (at < blob.size - body)
		throw new WeightsError({ code: 'hole', tensor: null, bytes: blob.size - body - at });
	return new Map(listed.map(({ name, tensor }) => [name, tensor]));
}

const damaged = (detail: string) => new WeightsError({ code: 'damaged', detail });

/** @throws WeightsError naming the tensor */
function listedOf(name: string, info: unknown, blob: Blob, body: number): Listed {
	const { dtype, shape, data_offsets: range } = (info ?? {}) as Readonly<Record<string, unknown>>;
	if (!isNumberType(dtype))
		throw new WeightsError({ code: 'type', tensor: name, type: String(dtype) });
	const [start, end] = (Array.isArray(range) ? range : []) as unknown[];
	const count = countOf(shape);
	if (Number.isNaN(count)) throw damaged(`${name} has the shape ${JSON.stringify(shape)}`);
	if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || (start as number) < 0)
		throw damaged(`${name} has the byte range ${JSON.stringify(range)}`);
	const [from, to] = [start as number, end as number];
	const sizes = shape as number[];
	if (to - from !== count * NUMBER_TYPES[dtype].bytes)
		throw new WeightsError({ code: 'range', tensor: name, shape: sizes, bytes: to - from });
	const values = async () =>
		toFloats(name, dtype, await blob.slice(body + from, body + to).arrayBuffer());
	return { name, tensor: { shape: sizes, type: dtype, values }, start: from, end: to };
}
