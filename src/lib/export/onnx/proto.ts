/**
 * The messages of ONNX that a network needs, written as its format asks. Numbers of fields and types are those of
 * onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
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

/** A value with its shape; a text names a size that is not fixed. */
export interface OnnxValue {
	readonly name: string;
	readonly shape: readonly (number | string)[];
}

export interface OnnxTensor {
	readonly name: string;
	readonly shape: readonly number[];
	readonly type: 'float' | 'int64';
	/** Of a float tensor; asked for when its bytes are written. An int64 tensor tells its numbers. */
	readonly values: () => Float32Array | readonly number[];
}

export interface OnnxGraph {
	readonly name: string;
	readonly description: string;
	readonly nodes: readonly OnnxNode[];
	readonly tensors: readonly OnnxTensor[];
	readonly inputs: readonly OnnxValue[];
	readonly outputs: readonly OnnxValue[];
	/** Of values between the operators. */
	readonly values: readonly OnnxValue[];
}

export interface OnnxModel {
	readonly graph: OnnxGraph;
	readonly producer: string;
	readonly version: string;
	readonly metadata: Readonly<Record<string, string>>;
}

/** Of the format; 8 goes with operators of set 15, from 2021, which all programs of today read. */
const IR_VERSION = 8;
const OPERATORS = 15;

const DATA_TYPES = { float: 1, int64: 7 } as const;
const ATTRIBUTE_TYPES = { float: 1, int: 2, ints: 7 } as const;
/** A field with bytes of a length that is told, in the protocol buffers' own numbering. */
const LENGTH_DELIMITED = 2;

/**
 * The file in pieces that follow each other, so that the values of a large network need not be in memory together:
 * a float tensor's are asked for when its turn comes.
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
	const tensors = graph.tensors.reduce(
		(sum, each, i) => sum + heads[i].length + byteLength(each),
		0
	);
	yield message((pbf) => {
		pbf.writeVarintField(1, IR_VERSION);
		pbf.writeStringField(2, producer);
		pbf.writeStringField(3, version);
		pbf.writeMessage(8, (set, inner) => inner.writeVarintField(2, set), OPERATORS);
		for (const [key, value] of Object.entries(metadata))
			pbf.writeMessage(14, writeEntry, { key, value });
		pbf.writeTag(7, LENGTH_DELIMITED);
		pbf.writeVarint(body.length + tensors);
		raw(pbf, body);
	});
	for (const [i, tensor] of graph.tensors.entries()) {
		yield heads[i];
		yield bytesOf(tensor);
	}
}

/** Bytes of all that `onnxFile` yields together, but for some thousand. */
export function onnxBytes({ tensors }: OnnxGraph): number {
	return tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0);
}

function message(write: (pbf: PbfWriter) => void): Uint8Array<ArrayBuffer> {
	const pbf = new PbfWriter();
	write(pbf);
	return new Uint8Array(pbf.finish());
}

/** Bytes as they are, without a length before them. */
function raw(pbf: PbfWriter, bytes: Uint8Array): void {
	pbf.realloc(bytes.length);
	pbf.buf.set(bytes, pbf.pos);
	pbf.pos += bytes.length;
}

const byteLength = ({ shape, type }: OnnxTensor) =>
	shape.reduce((a, b) => a * b, 1) * (type === 'float' ? 4 : 8);

/** Little-endian, as the format asks and as all machines with a browser are. */
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
		pbf.writeMessage(5, writeAttribute, { name, value });
}

function writeAttribute(
	{ name, value }: { readonly name: string; readonly value: Attribute },
	pbf: PbfWriter
): void {
	pbf.writeStringField(1, name);
	if (typeof value === 'number') {
		pbf.writeVarintField(3, value);
		pbf.writeVarintField(20, ATTRIBUTE_TYPES.int);
	} else if ('float' in value) {
		pbf.writeFloatField(2, value.float);
		pbf.writeVarintField(20, ATTRIBUTE_TYPES.float);
	} else {
		for (const each of value) pbf.writeVarintField(8, each);
		pbf.writeVarintField(20, ATTRIBUTE_TYPES.ints);
	}
}

/** ValueInfoProto with a TypeProto.Tensor of floats. */
function writeValue({ name, shape }: OnnxValue, pbf: PbfWriter): void {
	pbf.writeStringField(1, name);
	pbf.writeMessage(2, (sizes, type) => type.writeMessage(1, writeTensorType, sizes), shape);
}

function writeTensorType(shape: OnnxValue['shape'], pbf: PbfWriter): void {
	pbf.writeVarintField(1, DATA_TYPES.float);
	pbf.writeMessage(
		2,
		(sizes, inner) => {
			for (const size of sizes) inner.writeMessage(1, writeSize, size);
		},
		shape
	);
}

function writeSize(size: number | string, pbf: PbfWriter): void {
	if (typeof size === 'number') pbf.writeVarintField(1, size);
	else pbf.writeStringField(2, size);
}

function writeEntry(
	{ key, value }: { readonly key: string; readonly value: string },
	pbf: PbfWriter
): void {
	pbf.writeStringField(1, key);
	pbf.writeStringField(2, value);
}
