/**
 * What follows from a description: output shapes, parameters and multiply-accumulates of every
 * operation, the layers (columns of every picture), the blocks and the shortcuts. Pure arithmetic.
 */
import type { ImageShape } from '$lib/base/image';
import type { Network, NetworkNode, Shape } from './description';

/** One trainable tensor. Kernels are HWIO, the dense matrix is [in, out]. */
export interface Parameter {
	/** Node id and role: `stem/kernel`, `stem/norm/gamma`, `dense/bias`. */
	readonly name: string;
	readonly node: string;
	readonly role: 'kernel' | 'bias' | 'gamma' | 'beta';
	readonly shape: readonly number[];
	readonly size: number;
}

/** An operation with all that is derived from its place in the network. */
export interface AnalysedNode {
	readonly node: NetworkNode;
	readonly outputShape: Shape;
	readonly parameters: readonly Parameter[];
	readonly parameterCount: number;
	/** Multiply-accumulates for one image; convolutions and dense layers only, as the paper counts. */
	readonly macs: number;
}

/**
 * A weighted layer on the main path: one column of every picture. Holds the operations from its
 * convolution up to the next one (normalisation, add, activation).
 */
export interface Layer {
	/**
	 * 0-based column: weighted layers on the longest path before it. The stem is 0, the last dense layer is
	 * `depth - 1`; layers of parallel branches share columns.
	 */
	readonly column: number;
	/** Id of the convolution or dense node. */
	readonly id: string;
	readonly kind: 'conv' | 'dense';
	readonly stage: string;
	readonly block?: string;
	/** All node ids drawn in this column, in order. */
	readonly nodes: readonly string[];
	/** Of the last operation in the column. */
	readonly outputShape: Shape;
	/** Of all operations in the column. */
	readonly parameterCount: number;
	readonly macs: number;
	/** Index of this layer's kernel in `AnalysedNetwork.parameters`. */
	readonly kernel: number;
}

/** A block of convolutions, in a residual network with the shortcut around them; or an inception module. */
export interface Block {
	/** Index among the blocks, and of its gate. */
	readonly index: number;
	readonly id: string;
	readonly stage: string;
	/** First and last column of the block. */
	readonly columns: readonly [first: number, last: number];
	/** Id of the node that is the block's output. */
	readonly output: string;
	readonly shortcut: Shortcut | null;
}

export interface Shortcut {
	readonly kind: 'identity' | 'subsample' | 'projection';
	/** Node whose output the shortcut carries. */
	readonly from: string;
	/** The `add` node at which it arrives. */
	readonly to: string;
	/** Parameters and multiply-accumulates of the projection, 0 otherwise. */
	readonly parameterCount: number;
	readonly macs: number;
}

export interface AnalysedNetwork {
	readonly network: Network;
	readonly nodes: readonly AnalysedNode[];
	/** In network order, without auxiliary heads; the engine's metrics follow this order. */
	readonly parameters: readonly Parameter[];
	readonly layers: readonly Layer[];
	readonly blocks: readonly Block[];
	readonly parameterCount: number;
	readonly macs: number;
}

/**
 * Derives shapes, counts, layers and blocks of a network.
 * @throws RangeError naming the node whose inputs do not fit
 */
export function analyse(network: Network): AnalysedNetwork {
	const byId = new Map<string, AnalysedNode>();
	const nodes: AnalysedNode[] = [];
	for (const node of network.nodes) {
		const inputs = node.inputs.map((id) => {
			const found = byId.get(id);
			if (!found) throw new RangeError(`${node.id}: its input ${id} does not come before it`);
			return found.outputShape;
		});
		const analysed = analyseNode(network, node, inputs);
		if (byId.has(node.id)) throw new RangeError(`${node.id}: two nodes have this id`);
		byId.set(node.id, analysed);
		nodes.push(analysed);
	}
	const counted = nodes.filter(({ node }) => !node.auxiliary);
	const parameters = counted.flatMap((n) => n.parameters);
	return {
		network,
		nodes,
		parameters,
		...layersAndBlocks(counted, byId, parameters),
		parameterCount: sum(counted, (n) => n.parameterCount),
		macs: sum(counted, (n) => n.macs)
	};
}

function analyseNode(network: Network, node: NetworkNode, inputs: Shape[]): AnalysedNode {
	const [x] = inputs;
	switch (node.type) {
		case 'input':
			return analysed(node, network.input);
		case 'conv': {
			const [h, w, c] = x as ImageShape;
			const [kh, kw] = node.kernel;
			const { groups = 1 } = node;
			if (c % groups || node.filters % groups)
				throw new RangeError(
					`${node.id}: ${c} and ${node.filters} channels do not fall into ${groups} groups`
				);
			const outH = convolvedSize(h, kh, node.stride, node.padding);
			const outW = convolvedSize(w, kw, node.stride, node.padding);
			if (outH < 1 || outW < 1)
				throw new RangeError(`${node.id}: an input of ${h}×${w} is too small for its kernel`);
			const kernel = [kh, kw, c / groups, node.filters];
			return analysed(
				node,
				[outH, outW, node.filters],
				{ kernel, ...(node.bias ? { bias: [node.filters] } : {}) },
				outH * outW * product(kernel)
			);
		}
		case 'batchNorm': {
			const channels = x[x.length - 1];
			return analysed(node, x, { gamma: [channels], beta: [channels] });
		}
		case 'activation':
		case 'lrn':
		case 'dropout':
			return analysed(node, x);
		case 'maxPool': {
			const [h, w, c] = x as ImageShape;
			return analysed(node, [pooledSize(h, node), pooledSize(w, node), c]);
		}
		case 'averagePool': {
			const [h, w, c] = x as ImageShape;
			const pooled = (size: number) => convolvedSize(size, node.kernel, node.stride, 0);
			return analysed(node, [pooled(h), pooled(w), c]);
		}
		case 'concat': {
			const [h, w] = x;
			if (inputs.some((shape) => shape[0] !== h || shape[1] !== w))
				throw new RangeError(
					`${node.id}: joins ${inputs.map((s) => s.join('×')).join(' and ')}, which differ in size`
				);
			return analysed(node, [h, w, sum(inputs, (shape) => shape[2])]);
		}
		case 'flatten':
			return analysed(node, [product(x)]);
		case 'subsample': {
			const [h, w, c] = x as ImageShape;
			if (node.channels < c)
				throw new RangeError(
					`${node.id}: ${node.channels} channels are fewer than its input's ${c}`
				);
			return analysed(node, [
				Math.ceil(h / node.stride),
				Math.ceil(w / node.stride),
				node.channels
			]);
		}
		case 'add':
			if (inputs.length !== 2 || inputs[0].join() !== inputs[1].join())
				throw new RangeError(
					`${node.id}: adds ${inputs.map((s) => s.join('×')).join(' and ')}, which differ`
				);
			return analysed(node, x);
		case 'globalAveragePool':
			return analysed(node, [x[x.length - 1]]);
		case 'dense': {
			const kernel = [x[0], node.units];
			return analysed(
				node,
				[node.units],
				{ kernel, ...(node.bias ? { bias: [node.units] } : {}) },
				product(kernel)
			);
		}
	}
}

function analysed(
	node: NetworkNode,
	outputShape: Shape,
	shapes: Partial<Record<Parameter['role'], readonly number[]>> = {},
	macs = 0
): AnalysedNode {
	const parameters = Object.entries(shapes).map(([role, shape]) => ({
		name: `${node.id}/${role}`,
		node: node.id,
		role: role as Parameter['role'],
		shape,
		size: product(shape)
	}));
	return {
		node,
		outputShape,
		parameters,
		parameterCount: sum(parameters, (p) => p.size),
		macs
	};
}

/** Output length of a convolution along one axis, rounded down as PyTorch does. */
function convolvedSize(size: number, kernel: number, stride: number, padding: number) {
	return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

/** Output length of max-pooling along one axis; windows that would start beyond the input are left out. */
function pooledSize(
	size: number,
	{ kernel, stride, padding, ceil }: Extract<NetworkNode, { type: 'maxPool' }>
): number {
	if (!ceil) return convolvedSize(size, kernel, stride, padding);
	const steps = Math.ceil((size + 2 * padding - kernel) / stride);
	return steps * stride >= size + padding ? steps : steps + 1;
}

/** A node belongs to a shortcut's own path, not to the main one. */
export const onShortcut = (id: string) => /\/(projection|subsample)(\/|$)/.test(id);

const isWeighted = ({ node }: AnalysedNode) => node.type === 'conv' || node.type === 'dense';

function layersAndBlocks(
	nodes: readonly AnalysedNode[],
	byId: ReadonlyMap<string, AnalysedNode>,
	parameters: readonly Parameter[]
): Pick<AnalysedNetwork, 'layers' | 'blocks'> {
	const groups = new Map<string, { column: number; nodes: AnalysedNode[] }>();
	/** The layer in whose column a node is drawn; none before the first. */
	const layerOf = new Map<string, string>();
	const blocks = new Map<string, AnalysedNode[]>();
	for (const n of nodes) {
		const { id, inputs, block } = n.node;
		if (block !== undefined) blocks.set(block, [...(blocks.get(block) ?? []), n]);
		if (n.node.type === 'input') continue;
		// A shortcut's own path takes no column of its own, and what follows it none because of it.
		if (onShortcut(id)) {
			layerOf.set(id, layerOf.get(inputs[0])!);
			continue;
		}
		const before = inputs
			.map((input) => layerOf.get(input))
			.filter((layer) => layer !== undefined)
			.map((layer) => ({ layer, column: groups.get(layer)!.column }));
		const last = before.reduce<(typeof before)[number] | null>(
			(most, one) => (!most || one.column > most.column ? one : most),
			null
		);
		if (isWeighted(n)) {
			groups.set(id, { column: last ? last.column + 1 : 0, nodes: [n] });
			layerOf.set(id, id);
		} else if (last) {
			groups.get(last.layer)!.nodes.push(n);
			layerOf.set(id, last.layer);
		}
	}
	const kernels = new Map(parameters.map((p, i) => [p.name, i]));
	const layers = [...groups].map(([id, { column, nodes: group }]): Layer => {
		const [{ node }] = group;
		return {
			column,
			id,
			kind: node.type as 'conv' | 'dense',
			stage: node.stage,
			block: node.block,
			nodes: group.map((n) => n.node.id),
			outputShape: group
				.filter((n) => n.node.type !== 'globalAveragePool' && n.node.type !== 'flatten')
				.at(-1)!.outputShape,
			parameterCount: sum(group, (n) => n.parameterCount),
			macs: sum(group, (n) => n.macs),
			kernel: kernels.get(`${id}/kernel`)!
		};
	});
	return {
		layers,
		blocks: [...blocks].map(([id, group], index): Block => {
			const main = group.filter((n) => !onShortcut(n.node.id));
			const columns = main.filter(isWeighted).map((n) => groups.get(n.node.id)!.column);
			const add = group.find((n) => n.node.type === 'add');
			return {
				index,
				id,
				stage: group[0].node.stage,
				columns: [Math.min(...columns), Math.max(...columns)],
				output: main.at(-1)!.node.id,
				shortcut: add ? shortcutOf(add.node, group, byId) : null
			};
		})
	};
}

function shortcutOf(
	add: NetworkNode,
	group: readonly AnalysedNode[],
	byId: ReadonlyMap<string, AnalysedNode>
): Shortcut {
	const own = group.filter((n) => onShortcut(n.node.id));
	const arriving = byId.get(add.inputs[1])!.node;
	return {
		kind: own.some((n) => n.node.type === 'conv')
			? 'projection'
			: own.some((n) => n.node.type === 'subsample')
				? 'subsample'
				: 'identity',
		from: own.length ? own[0].node.inputs[0] : arriving.id,
		to: add.id,
		parameterCount: sum(own, (n) => n.parameterCount),
		macs: sum(own, (n) => n.macs)
	};
}

function product(values: readonly number[]): number {
	return values.reduce((a, b) => a * b, 1);
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
	return values.reduce((total, value) => total + of(value), 0);
}
