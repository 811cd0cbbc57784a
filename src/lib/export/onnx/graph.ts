/** A described network as a graph of ONNX operators, for inference. Maps are [N, C, H, W] there. */
import {
	LEAKY_SLOPE,
	type AnalysedNetwork,
	type AnalysedNode,
	type Parameter,
	type Shape
} from '$lib/network';
import { toTensor, tensorShape } from '../pytorch/names';
import type { Attribute, OnnxGraph, OnnxNode, OnnxTensor } from './proto';

/** NetworkValues of a network, asked for one by one when they are written. */
export interface NetworkValues {
	/** A parameter's: kernels as HWIO, the dense matrix as [in, out]. */
	readonly parameter: (parameter: Parameter) => Float32Array;
	/** A running average, `NODE/mean` or `NODE/variance`; undefined where nothing was trained. */
	readonly average: (name: string) => Float32Array | undefined;
	/** What the shortcut that arrives at each block's addition is multiplied by; 1 where absent. */
	readonly gates?: readonly number[];
}

const ACTIVATIONS = {
	relu: 'Relu',
	'leaky-relu': 'LeakyRelu',
	tanh: 'Tanh',
	sigmoid: 'Sigmoid'
} as const;
const EPSILON = 1e-5;
/** Name of the batch's size, which is not fixed. */
const BATCH = 'N';

const inOnnx = (shape: Shape) =>
	shape.length === 3 ? [BATCH, shape[2], shape[0], shape[1]] : [BATCH, ...shape];

/**
 * The graph from `images` to `logits`. Auxiliary heads, which help training alone, are left out. Names of operators are
 * the ids of the description, names of tensors those of its parameters.
 */
export function onnxGraph(
	{ network, nodes, blocks, parameterCount, macs }: AnalysedNetwork,
	values: NetworkValues
): OnnxGraph {
	const gates = new Map(
		blocks.map(({ shortcut, index }) => [shortcut?.to, values.gates?.[index] ?? 1])
	);
	const counted = nodes.filter(({ node }) => !node.auxiliary);
	const last = counted.at(-1)!;
	const nameOf = (id: string) => (id === last.node.id ? 'logits' : id);
	const parts: OnnxNode[] = [];
	const tensors: OnnxTensor[] = [];

	for (const { node, outputShape, parameters } of counted.slice(1)) {
		const inputs = node.inputs.map((id) => (id === network.nodes[0].id ? 'images' : id));
		const put = (
			type: string,
			more: readonly string[] = [],
			attributes: Readonly<Record<string, Attribute>> = {},
			name = node.id,
			from: readonly string[] = inputs
		) => parts.push({ name, type, inputs: [...from, ...more], output: nameOf(name), attributes });
		const constant = (
			name: string,
			type: OnnxTensor['type'],
			numbers: readonly number[],
			shape: readonly number[] = [numbers.length]
		) => {
			tensors.push({ name: `${node.id}/${name}`, shape, type, values: () => numbers });
			return `${node.id}/${name}`;
		};
		/** The node's parameters, in order. */
		const own = () =>
			parameters.map((parameter) => {
				const conv = parameter.shape.length === 4;
				tensors.push({
					name: parameter.name,
					shape: conv ? tensorShape(parameter) : parameter.shape,
					type: 'float',
					values: () => {
						const given = values.parameter(parameter);
						return conv ? toTensor(parameter, given) : given;
					}
				});
				return parameter.name;
			});

		switch (node.type) {
			case 'conv':
				put('Conv', own(), {
					kernel_shape: node.kernel,
					strides: [node.stride, node.stride],
					pads: Array<number>(4).fill(node.padding),
					group: node.groups ?? 1
				});
				break;
			case 'batchNorm': {
				const scale = own();
				const channels = outputShape.at(-1)!;
				const averages = (['mean', 'variance'] as const).map((kind) => {
					const name = `${node.id}/${kind}`;
					const fresh = () => new Float32Array(channels).fill(kind === 'mean' ? 0 : 1);
					tensors.push({
						name,
						shape: [channels],
						type: 'float',
						values: () => values.average(name) ?? fresh()
					});
					return name;
				});
				put('BatchNormalization', [...scale, ...averages], { epsilon: { float: EPSILON } });
				break;
			}
			case 'activation':
				put(
					ACTIVATIONS[node.activation],
					[],
					node.activation === 'leaky-relu' ? { alpha: { float: LEAKY_SLOPE } } : {}
				);
				break;
			case 'maxPool':
				put('MaxPool', [], {
					kernel_shape: [node.kernel, node.kernel],
					strides: [node.stride, node.stride],
					pads: Array<number>(4).fill(node.padding),
					ceil_mode: node.ceil ? 1 : 0
				});
				break;
			case 'averagePool':
				put('AveragePool', [], {
					kernel_shape: [node.kernel, node.kernel],
					strides: [node.stride, node.stride]
				});
				break;
			case 'lrn':
				// ONNX divides alpha by the size of the neighbourhood, the paper does not.
				put('LRN', [], {
					size: node.size,
					alpha: { float: node.alpha * node.size },
					beta: { float: node.beta },
					bias: { float: node.k }
				});
				break;
			case 'dropout':
				// Lets all pass in inference; there so that the drawing shows it.
				put('Dropout', [constant('rate', 'float', [node.rate], [])]);
				break;
			case 'concat':
				put('Concat', [], { axis: 1 });
				break;
			case 'flatten':
				put('Flatten', [], { axis: 1 });
				break;
			case 'subsample': {
				const added = node.channels - channelsOf(nodes, node.inputs[0]);
				const sliced = `${node.id}/slice`;
				put(
					'Slice',
					[
						constant('starts', 'int64', [0, 0]),
						constant('ends', 'int64', [INT_MAX, INT_MAX]),
						constant('axes', 'int64', [2, 3]),
						constant('steps', 'int64', [node.stride, node.stride])
					],
					{},
					sliced
				);
				put('Pad', [constant('pads', 'int64', [0, 0, 0, 0, 0, added, 0, 0])], {}, node.id, [
					sliced
				]);
				break;
			}
			case 'add': {
				const [branch, shortcut] = inputs;
				const gate = gates.get(node.id) ?? 1;
				if (gate === 1) put('Add');
				else {
					const gated = `${node.id}/gated`;
					put('Mul', [constant('gate', 'float', [gate], [])], {}, gated, [shortcut]);
					put('Add', [], {}, node.id, [branch, gated]);
				}
				break;
			}
			case 'globalAveragePool': {
				const map = `${node.id}/map`;
				put('GlobalAveragePool', [], {}, map);
				put('Flatten', [], { axis: 1 }, node.id, [map]);
				break;
			}
			case 'dense':
				put('Gemm', own());
				break;
			case 'input':
				break;
		}
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

/** Beyond every map: to its end. */
const INT_MAX = 2 ** 31 - 1;

const channelsOf = (nodes: readonly AnalysedNode[], id: string) =>
	nodes.find(({ node }) => node.id === id)!.outputShape.at(-1)!;
