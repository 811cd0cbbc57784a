/** The safetensors format: a JSON header with names, shapes and offsets, then the numbers. Supports 32-bit floats. */

export interface Tensor {
	readonly shape: readonly number[];
	readonly values: Float32Array;
}

/** Thrown for a file that is not in the format, or is damaged. */
export class SafetensorsError extends Error {
	override readonly name = 'SafetensorsError';
}

const LONGEST_HEADER = 100e6;

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

/** @throws SafetensorsError saying what is wrong */
export function readSafetensors(file: Uint8Array): Map<string, Tensor> {
	const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
	const length = file.length < 8 ? -1 : Number(view.getBigUint64(0, true));
	if (length < 2 || length > LONGEST_HEADER || 8 + length > file.length)
		throw new SafetensorsError('no safetensors file: its header does not fit into it');
	let header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
	try {
		header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
	} catch {
		throw new SafetensorsError('no safetensors file: its header is no JSON');
	}
	const tensors = new Map<string, Tensor>();
	for (const [name, info] of Object.entries(header)) {
		if (name === '__metadata__') continue;
		const { dtype, shape, data_offsets: [start, end] = [NaN, NaN] } = info ?? {};
		if (dtype !== 'F32') throw new SafetensorsError(`${name}: expected F32, received ${dtype}`);
		const size = Array.isArray(shape) ? shape.reduce((a, b) => a * b, 1) : NaN;
		if (end - start !== 4 * size || start < 0 || 8 + length + end > file.length)
			throw new SafetensorsError(`${name}: its numbers are not all there`);
		const bytes = file.slice(8 + length + start, 8 + length + end);
		tensors.set(name, { shape, values: new Float32Array(bytes.buffer) });
	}
	return tensors;
}
