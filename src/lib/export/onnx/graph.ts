/** Converts a network's description to a graph of ONNX operators, for inference. ONNX maps are `[N, C, H, W]`. */
import { entry } from '$lib/base/entry';
import { EPSILON } from '$lib/engine/normalisation';
import {
	LEAKY_SLOPE,
	type Activation,
	type AnalysedNetwork,
	type NetworkNode,
	type OpType,
	type Parameter,
	type Shape
} from '$lib/network';
import { fromTensor, pixelsOf, toTensor, tensorShape } from '../pytorch/names';
import { freshAverage } from '../weights';
import type { Attribute, OnnxGraph, OnnxNode, OnnxTensor } from './proto';

/** The values of a network, which the writer requests one by one. */
export interface NetworkValues {
	/** Values of a parameter: kernels as HWIO, the dense matrix as [in, out]. */
	readonly parameter: (parameter: Parameter) => Float32Array;
	/** A running average, `NODE/mean` or `NODE/variance`; undefined in an untrained network. */
	readonly average: (name: string) => Float32Array | undefined;
	/** One gate per block; 1 when absent. */
	readonly gates?: readonly number[];
}

const ACTIVATIONS: {
	readonly [A in Activation]: readonly [
		type: string,
		attributes: Readonly<Record<string, Attribute>>
	];
} = {
	relu: ['Relu', {}],
	'leaky-relu': ['LeakyRelu', { alpha: { float: LEAKY_SLOPE } }],
	tanh: ['Tanh', {}],
	sigmoid: ['Sigmoid', {}]
};
/** Name of the batch dimension, whose size is not fixed. */
const BATCH = 'N';

const inOnnx = (shape: Shape) =>
	shape.length === 3 ? [BATCH, shape[2], shape[0], shape[1]] : [BATCH, ...shape];

/** Appends the operators of one node to the graph. */
interface Writer {
	/** Names of its inputs. */
	readonly inputs: readonly string[];
	/** Shapes of its inputs; none for the images. */
	readonly shapes: readonly Shape[];
	/** Gate of the shortcut that ends at the node. */
	readonly gate: number;
	/** Names of its parameters and running averages, in order. */
	tensors(): string[];
	/** Adds a constant tensor and returns its name. */
	constant(
		name: string,
		type: OnnxTensor['type'],
		numbers: readonly number[],
		shape?: readonly number[]
	): string;
	/**
	 * @param more inputs after those of the node
	 * @param part name of the part, if the node needs several operators; the last one has none
	 * @param from inputs that replace the node's
	 * @returns the name of the output
	 */
	put(
		type: string,
		more?: readonly string[],
		attributes?: Readonly<Record<string, Attribute>>,
		part?: string,
		from?: readonly string[]
	): string;
}

const sliding = (kernel: readonly number[], stride: number, padding = 0) => ({
	kernel_shape: kernel,
	strides: [stride, stride],
	pads: Array<number>(4).fill(padding)
});

const OPERATORS: { readonly [T in OpType]: (node: NetworkNode<T>, onnx: Writer) => void } = {
	// The graph declares its input itself.
	input: () => {},
	conv({ kernel, stride, padding, groups = 1 }, { put, tensors }) {
		put('Conv', tensors(), { ...sliding(kernel, stride, padding), group: groups });
	},
	batchNorm(_, { put, tensors }) {
		put('BatchNormalization', tensors(), { epsilon: { float: EPSILON } });
	},
	groupNorm({ groups }, { put, tensors, constant, shapes: [[height, width, channels]] }) {
		// Only opset 21 has an operator for it, so this is instance normalisation with groups as channels, as in PyTorch's
		// exporter.
		const [gamma, beta] = tensors();
		const grouped = constant('grouped', 'int64', [0, groups, -1]);
		const ones = constant('ones', 'float', Array<number>(groups).fill(1));
		const zeros = constant('zeros', 'float', Array<number>(groups).fill(0));
		const flat = put('Reshape', [grouped], {}, 'flat');
		const instance = { epsilon: { float: EPSILON } };
		const normal = put('InstanceNormalization', [ones, zeros], instance, 'normal', [flat]);
		const whole = constant('whole', 'int64', [0, channels, height, width]);
		const back = put('Reshape', [whole], {}, 'back', [normal]);
		const axes = constant('axes', 'int64', [1, 2]);
		const column = (name: string) => put('Unsqueeze', [axes], {}, `${name} column`, [name]);
		const scaled = put('Mul', [column(gamma)], {}, 'scaled', [back]);
		put('Add', [column(beta)], {}, '', [scaled]);
	},
	activation({ activation }, { put }) {
		const [type, attributes] = ACTIVATIONS[activation];
		put(type, [], attributes);
	},
	maxPool({ kernel, stride, padding, ceil }, { put }) {
		const window = sliding([kernel, kernel], stride, padding);
		put('MaxPool', [], { ...window, ceil_mode: ceil ? 1 : 0 });
	},
	averagePool({ kernel, stride }, { put }) {
		put('AveragePool', [], sliding([kernel, kernel], stride));
	},
	lrn({ size, alpha, beta, k }, { put }) {
		// ONNX divides alpha by the size of the neighbourhood, the paper does not.
		put('LRN', [], {
			size,
			alpha: { float: alpha * size },
			beta: { float: beta },
			bias: { float: k }
		});
	},
	dropout({ rate }, { put, constant }) {
		// Passes everything in inference; kept so that viewers show it.
		put('Dropout', [constant('rate', 'float', [rate], [])]);
	},
	concat(_, { put }) {
		put('Concat', [], { axis: 1 });
	},
	flatten(_, { put }) {
		put('Flatten', [], { axis: 1 });
	},
	subsample({ stride, channels: out }, { put, constant, shapes: [[, , channels]] }) {
		const bounds = [
			constant('starts', 'int64', [0, 0]),
			constant('ends', 'int64', [INT_MAX, INT_MAX]),
			constant('axes', 'int64', [2, 3]),
			constant('steps', 'int64', [stride, stride])
		];
		const sliced = put('Slice', bounds, {}, 'slice');
		const pads = constant('pads', 'int64', [0, 0, 0, 0, 0, out - channels, 0, 0]);
		put('Pad', [pads], {}, '', [sliced]);
	},
	add(_, { put, constant, gate, inputs: [branch, shortcut, ...others] }) {
		const type = others.length ? 'Sum' : 'Add';
		if (gate === 1) return void put(type);
		const factor = constant('gate', 'float', [gate], []);
		const gated = put('Mul', [factor], {}, 'gated', [shortcut]);
		put(type, [], {}, '', [branch, gated, ...others]);
	},
	multiply({ complement }, { put, constant, inputs: [x, factor], shapes }) {
		let by = factor;
		if (complement) by = put('Sub', [], {}, 'rest', [constant('one', 'float', [1], []), by]);
		// One factor per channel becomes a map of one pixel.
		if (shapes[1].length < shapes[0].length)
			by = put('Unsqueeze', [constant('axes', 'int64', [2, 3])], {}, 'pixel', [by]);
		put('Mul', [], {}, '', [x, by]);
	},
	scale(_, { put, tensors }) {
		put('Mul', tensors());
	},
	globalAveragePool(_, { put }) {
		put('Flatten', [], { axis: 1 }, '', [put('GlobalAveragePool', [], {}, 'map')]);
	},
	dense(_, { put, tensors }) {
		put('Gemm', tensors());
	}
};

const write = <T extends OpType>(node: NetworkNode<T>, onnx: Writer) =>
	OPERATORS[node.type](node, onnx);

/**
 * The graph from `images` to `logits`. Omits auxiliary heads, which only help training. Operators have the ids of the
 * description, tensors the names of its parameters.
 */
export function onnxGraph(analysed: AnalysedNetwork, values: NetworkValues): OnnxGraph {
	const { network, nodes, blocks, parameterCount, macs } = analysed;
	const pixels = pixelsOf(analysed);
	const gates = new Map(
		blocks.map(({ shortcut, index }) => [shortcut?.to, values.gates?.[index] ?? 1])
	);
	const counted = nodes.filter(({ node }) => !node.auxiliary);
	const [first, last] = [counted[0], counted[counted.length - 1]];
	const shapes = new Map(counted.map(({ node, outputShape }) => [node.id, outputShape]));
	const names = new Map([
		[first.node.id, 'images'],
		[last.node.id, 'logits']
	]);
	const nameOf = (id: string) => names.get(id) ?? id;
	const parts: OnnxNode[] = [];
	const tensors: OnnxTensor[] = [];

	for (const { node, parameters, averages } of counted) {
		const inputs = node.inputs.map(nameOf);
		write(node, {
			inputs,
			shapes: node.inputs.map((id) => entry(shapes, id)),
			gate: gates.get(node.id) ?? 1,
			tensors() {
				for (const parameter of parameters) {
					const conv = parameter.shape.length === 4;
					tensors.push({
						name: parameter.name,
						shape: conv ? tensorShape(parameter) : parameter.shape,
						type: 'float',
						values: () => {
							const given = values.parameter(parameter);
							if (pixels(parameter) === 1 && !conv) return given;
							const tensor = toTensor(parameter, given, pixels(parameter));
							// ONNX flattens maps as PyTorch does, but keeps the dense matrix as [in, out].
							return conv ? tensor : fromTensor(parameter, tensor, 1);
						}
					});
				}
				for (const average of averages) {
					const { name, shape } = average;
					const own = () => values.average(name) ?? freshAverage(average);
					tensors.push({ name, shape, type: 'float', values: own });
				}
				return [...parameters, ...averages].map(({ name }) => name);
			},
			constant(constant, type, numbers, shape = [numbers.length]) {
				const name = `${node.id}/${constant}`;
				tensors.push({ name, shape, type, values: () => numbers });
				return name;
			},
			put(type, more = [], attributes = {}, part = '', from = inputs) {
				const name = part ? `${node.id}/${part}` : node.id;
				const output = nameOf(name);
				parts.push({ name, type, inputs: [...from, ...more], output, attributes });
				return output;
			}
		});
	}
	return {
		name: network.name,
		description: `${network.name}: ${network.depth} layers, ${parameterCount.toLocaleString('en')} parameters, ${macs.toLocaleString('en')} multiply-accumulates`,
		nodes: parts,
		tensors,
		inputs: [{ name: 'images', shape: inOnnx(network.input) }],
		outputs: [{ name: 'logits', shape: inOnnx(last.outputShape) }],
		values: counted
			.slice(1, -1)
			.map(({ node, outputShape }) => ({ name: node.id, shape: inOnnx(outputShape) }))
	};
}

/** End of a slice to the end of the axis. */
const INT_MAX = 2 ** 31 - 1;
