/**
 * Writes the ONNX messages that a network needs. Field and type numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
import { PbfWriter } from 'pbf';

export type Attribute = number | readonly number[] | { readonly float: number };

export interface OnnxNode {
	readonly name: string;
	/** The operator, such as `Conv`. */
	readonly type: string;
	readonly inputs: readonly string[];
	readonly output: string;
	/** Integers, lists of integers, or `{float}`. */
	readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A value with its shape; a string names a dimension whose size is not fixed. */
export interface OnnxValue {
	readonly name: string;
	readonly shape: readonly (number | string)[];
}

export interface OnnxTensor {
	readonly name: string;
	readonly shape: readonly number[];
	readonly type: 'float' | 'int64';
	/** The values: a Float32Array for a float tensor, numbers for an int64 tensor. Called when they are written. */
	readonly values: () => Float32Array | readonly number[];
}

export interface OnnxGraph {
	readonly name: string;
	readonly description: string;
	readonly nodes: readonly OnnxNode[];
	readonly tensors: readonly OnnxTensor[];
	readonly inputs: readonly OnnxValue[];
	readonly outputs: readonly OnnxValue[];
	/** Values between the operators. */
	readonly values: readonly OnnxValue[];
}

export interface OnnxModel {
	readonly graph: OnnxGraph;
	readonly producer: string;
	readonly version: string;
	readonly metadata: Readonly<Record<string, string>>;
}

/** Version of the format; 8 goes with opset 15, from 2021, which all current programs read. */
const IR_VERSION = 8;
const OPERATORS = 15;

const DATA_TYPES = { float: 1, int64: 7 } as const;
const ATTRIBUTE_TYPES = { float: 1, int: 2, ints: 7 } as const;
/** Protocol buffers' wire type of a length-delimited field. */
const LENGTH_DELIMITED = 2;

/**
 * Yields the file in consecutive pieces, so that the values of a large network need not be in memory at once: a float
 * tensor's values are requested when its turn comes.
 */
export function* onnxFile({
	graph,
	producer,
	version,
	metadata
}: OnnxModel): Generator<Uint8Array> {
	const heads = graph.tensors.map((tensor) => {
		const values = byteLength(tensor);
		const head = message((pbf) => {
			for (const size of tensor.shape) pbf.writeVarintField(1, size);
			pbf.writeVarintField(2, DATA_TYPES[tensor.type]);
			pbf.writeStringField(8, tensor.name);
			pbf.writeTag(9, LENGTH_DELIMITED);
			pbf.writeVarint(values);
		});
		return message((pbf) => {
			pbf.writeTag(5, LENGTH_DELIMITED);
			pbf.writeVarint(head.length + values);
			raw(pbf, head);
		});
	});
	const body = message((pbf) => {
		for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
		pbf.writeStringField(2, graph.name);
		pbf.writeStringField(10, graph.description);
		for (const value of graph.inputs) pbf.writeMessage(11, writeValue, value);
		for (const value of graph.outputs) pbf.writeMessage(12, writeValue, value);
		for (const value of graph.values) pbf.writeMessage(13, writeValue, value);
	});
	const tensors = heads.reduce((sum, { length }) => sum + length, onnxBytes(graph));
	yield message((pbf) => {
		pbf.writeVarintField(1, IR_VERSION);
		pbf.writeStringField(2, producer);
		pbf.writeStringField(3, version);
		within(pbf, 8, (set) => set.writeVarintField(2, OPERATORS));
		for (const [key, value] of Object.entries(metadata))
			within(pbf, 14, (entry) => {
				entry.writeStringField(1, key);
				entry.writeStringField(2, value);
			});
		pbf.writeTag(7, LENGTH_DELIMITED);
		pbf.writeVarint(body.length + tensors);
		raw(pbf, body);
	});
	for (const [i, tensor] of graph.tensors.entries()) {
		yield heads[i];
		yield bytesOf(tensor);
	}
}

/** Approximate number of bytes that `onnxFile` yields in total. */
export function onnxBytes({ tensors }: OnnxGraph): number {
	return tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0);
}

function message(write: (pbf: PbfWriter) => void): Uint8Array<ArrayBuffer> {
	const pbf = new PbfWriter();
	write(pbf);
	return new Uint8Array(pbf.finish());
}

/** Writes bytes without a length prefix. */
function raw(pbf: PbfWriter, bytes: Uint8Array): void {
	pbf.realloc(bytes.length);
	pbf.buf.set(bytes, pbf.pos);
	pbf.pos += bytes.length;
}

const byteLength = ({ shape, type }: OnnxTensor) =>
	shape.reduce((a, b) => a * b, 1) * (type === 'float' ? 4 : 8);

/** Little-endian bytes, as the format requires and as all machines with a browser use. */
function bytesOf(tensor: OnnxTensor): Uint8Array {
	const values = tensor.values();
	const array =
		values instanceof Float32Array
			? values
			: tensor.type === 'float'
				? Float32Array.from(values)
				: BigInt64Array.from(values, BigInt);
	if (array.byteLength !== byteLength(tensor))
		throw new RangeError(
			`${tensor.name}: expected ${byteLength(tensor)} bytes for [${tensor.shape.join(', ')}], received ${array.byteLength}`
		);
	return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function writeNode(node: OnnxNode, pbf: PbfWriter): void {
	for (const input of node.inputs) pbf.writeStringField(1, input);
	pbf.writeStringField(2, node.output);
	pbf.writeStringField(3, node.name);
	pbf.writeStringField(4, node.type);
	for (const [name, value] of Object.entries(node.attributes ?? {}))
		within(pbf, 5, (attribute) => {
			attribute.writeStringField(1, name);
			attribute.writeVarintField(20, ATTRIBUTE_TYPES[typeOf(value)]);
			if (typeof value === 'number') attribute.writeVarintField(3, value);
			else if ('float' in value) attribute.writeFloatField(2, value.float);
			else for (const each of value) attribute.writeVarintField(8, each);
		});
}

const typeOf = (value: Attribute) =>
	typeof value === 'number' ? 'int' : 'float' in value ? 'float' : 'ints';

/** ValueInfoProto with a TypeProto.Tensor of floats. */
function writeValue({ name, shape }: OnnxValue, pbf: PbfWriter): void {
	pbf.writeStringField(1, name);
	within(pbf, 2, (type) =>
		within(type, 1, (tensor) => {
			tensor.writeVarintField(1, DATA_TYPES.float);
			within(tensor, 2, (sizes) => {
				for (const size of shape)
					within(sizes, 1, (inner) => {
						if (typeof size === 'number') inner.writeVarintField(1, size);
						else inner.writeStringField(2, size);
					});
			});
		})
	);
}

/** Writes a message as a field of another one. */
const within = (pbf: PbfWriter, field: number, write: (inner: PbfWriter) => void) =>
	pbf.writeMessage(field, (_, inner) => write(inner), null);
