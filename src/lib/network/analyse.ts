/**
 * What follows from a description: output shapes, parameters and multiply-accumulates of every
 * operation, the layers (columns of every picture), the blocks and the shortcuts. Pure arithmetic.
 */
import type { ImageShape, Network, NetworkNode, Shape } from './description';

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
	/** 0-based column: the stem is 0, the dense layer is `depth - 1`. */
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

/** A block of two convolutions; in a residual network with the shortcut around them. */
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
	/** In network order; the engine's metrics follow this order. */
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
	const parameters = nodes.flatMap((n) => n.parameters);
	return {
		network,
		nodes,
		parameters,
		layers: layersOf(nodes, parameters),
		blocks: blocksOf(nodes, byId),
		parameterCount: sum(nodes, (n) => n.parameterCount),
		macs: sum(nodes, (n) => n.macs)
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
			const outH = convolvedSize(h, kh, node.stride, node.padding);
			const outW = convolvedSize(w, kw, node.stride, node.padding);
			if (outH < 1 || outW < 1)
				throw new RangeError(`${node.id}: an input of ${h}×${w} is too small for its kernel`);
			const kernel = [kh, kw, c, node.filters];
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
			return analysed(node, x);
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
export function convolvedSize(size: number, kernel: number, stride: number, padding: number) {
	return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}

/** A node belongs to a shortcut's own path, not to the main one. */
const onShortcut = (id: string) => /\/(projection|subsample)(\/|$)/.test(id);

function layersOf(nodes: AnalysedNode[], parameters: Parameter[]): Layer[] {
	const groups: AnalysedNode[][] = [];
	for (const n of nodes) {
		if (onShortcut(n.node.id) || n.node.type === 'input') continue;
		if (n.node.type === 'conv' || n.node.type === 'dense') groups.push([n]);
		else groups.at(-1)?.push(n);
	}
	return groups.map((group, column) => {
		const [weighted] = group;
		return {
			column,
			id: weighted.node.id,
			kind: weighted.node.type as 'conv' | 'dense',
			stage: weighted.node.stage,
			block: weighted.node.block,
			nodes: group.map((n) => n.node.id),
			outputShape: group.filter((n) => n.node.type !== 'globalAveragePool').at(-1)!.outputShape,
			parameterCount: sum(group, (n) => n.parameterCount),
			macs: sum(group, (n) => n.macs),
			kernel: parameters.findIndex((p) => p.name === `${weighted.node.id}/kernel`)
		};
	});
}

function blocksOf(nodes: AnalysedNode[], byId: Map<string, AnalysedNode>): Block[] {
	const columns = new Map<string, number>();
	const members = new Map<string, AnalysedNode[]>();
	let column = -1;
	for (const n of nodes) {
		const { id, type, block } = n.node;
		if ((type === 'conv' || type === 'dense') && !onShortcut(id)) column++;
		columns.set(id, column);
		if (block !== undefined) {
			if (!members.has(block)) members.set(block, []);
			members.get(block)!.push(n);
		}
	}
	return [...members].map(([id, group], index) => {
		const main = group.filter((n) => !onShortcut(n.node.id));
		const add = group.find((n) => n.node.type === 'add');
		return {
			index,
			id,
			stage: group[0].node.stage,
			columns: [columns.get(main[0].node.id)!, columns.get(main.at(-1)!.node.id)!],
			output: main.at(-1)!.node.id,
			shortcut: add ? shortcutOf(add.node, group, byId) : null
		};
	});
}

function shortcutOf(
	add: NetworkNode,
	group: AnalysedNode[],
	byId: Map<string, AnalysedNode>
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
