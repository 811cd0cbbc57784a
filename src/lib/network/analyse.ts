/**
 * Derives everything from a description: output shapes, parameters and multiply-accumulates of every
 * operation, the layers (columns of every picture), the blocks and the shortcuts. Pure arithmetic.
 */
import { entry } from '$lib/base/entry';
import type { Group, Network, NetworkNode } from './description';
import { OPS, product, type Derived, type OpType, type Shape } from './ops';

interface NodeTensor<Role> {
	/** Node id and role: `stem/kernel`, `stem/norm/gamma`, `stem/norm/mean`, `dense/bias`. */
	readonly name: string;
	readonly node: string;
	readonly role: Role;
	readonly shape: Shape;
	readonly size: number;
}

/** A trainable tensor. Kernels are HWIO, the dense matrix is [in, out]. */
export type Parameter = NodeTensor<keyof NonNullable<Derived['parameters']>>;

/** A running average over batches, one number per channel, used in evaluation. */
export type Average = NodeTensor<keyof NonNullable<Derived['averages']>>;

/** An operation with everything derived from its place in the network. */
export interface AnalysedNode<T extends OpType = OpType> {
	readonly node: NetworkNode<T>;
	readonly outputShape: Shape;
	readonly parameters: readonly Parameter[];
	readonly averages: readonly Average[];
	readonly parameterCount: number;
	/** Multiply-accumulates for one image, counting only convolutions and dense layers, as the paper does. */
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
	readonly stage: string;
	readonly block?: string;
	/** Ids of all nodes drawn in this column, in order. */
	readonly nodes: readonly string[];
	/** Output shape of the last operation in the column. */
	readonly outputShape: Shape;
	/** Number of parameters of all operations in the column. */
	readonly parameterCount: number;
	readonly macs: number;
	/** Index of this layer's kernel in `AnalysedNetwork.parameters`. */
	readonly kernel: number;
}

/** A block of convolutions (in a residual network, with the shortcut around them) or an inception module. */
export interface Block extends Group {
	/** Index among the blocks, and among the gates. */
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
	/** `gated`: multiplied by 1 − T, as in highway networks. */
	readonly kind: 'identity' | 'subsample' | 'projection' | 'gated';
	/** Node whose output the shortcut carries. */
	readonly from: string;
	/** The `add` node at which the shortcut ends. */
	readonly to: string;
	/** Parameters and multiply-accumulates of the projection, 0 otherwise. */
	readonly parameterCount: number;
	readonly macs: number;
}

export interface AnalysedNetwork {
	readonly network: Network;
	readonly nodes: readonly AnalysedNode[];
	/** Parameters in network order, with those of auxiliary heads that are trained; the engine's metrics have the same order. */
	readonly parameters: readonly Parameter[];
	/** Running averages, in the same order. */
	readonly averages: readonly Average[];
	readonly layers: readonly Layer[];
	readonly blocks: readonly Block[];
	/** Without auxiliary heads, like `macs`. */
	readonly parameterCount: number;
	readonly macs: number;
}

/**
 * Derives shapes, counts, layers and blocks of a network.
 * @throws RangeError naming a node whose inputs do not fit
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
		const analysed = analyseNode(node, inputs.length ? inputs : [network.input]);
		if (byId.has(node.id)) throw new RangeError(`${node.id}: two nodes have this id`);
		byId.set(node.id, analysed);
		nodes.push(analysed);
	}
	const counted = nodes.filter(({ node }) => !node.auxiliary);
	const trained = network.auxiliaryLosses ? nodes : counted;
	const parameters = trained.flatMap((n) => n.parameters);
	return {
		network,
		nodes,
		parameters,
		averages: trained.flatMap((n) => n.averages),
		...layersAndBlocks(network, counted, byId, parameters),
		parameterCount: sum(counted, (n) => n.parameterCount),
		macs: sum(counted, (n) => n.macs)
	};
}

function analyseNode<T extends OpType>(node: NetworkNode<T>, inputs: Shape[]): AnalysedNode<T> {
	const { id } = node;
	const op = OPS[node.type];
	const problem = op.check?.(node, inputs);
	if (problem) throw new RangeError(`${id}: ${problem}`);
	const { output, macs = 0, ...shapes } = op.derive(node, inputs);
	const parameters = tensorsOf<Parameter['role']>(id, shapes.parameters);
	return {
		node,
		outputShape: output,
		parameters,
		averages: tensorsOf<Average['role']>(id, shapes.averages),
		parameterCount: sum(parameters, (p) => p.size),
		macs
	};
}

const tensorsOf = <Role extends string>(
	node: string,
	shapes: { readonly [R in Role]?: Shape } = {}
): NodeTensor<Role>[] =>
	Object.entries<Shape>(shapes as Record<Role, Shape>).map(([role, shape]) => ({
		name: `${node}/${role}`,
		node,
		role: role as Role,
		shape,
		size: product(shape)
	}));

const isWeighted = ({ node }: AnalysedNode) => OPS[node.type].weighted;

/** Whether a node is on a shortcut's own path. */
const onShortcut = ({ node }: AnalysedNode) => node.role === 'shortcut';

/** Whether a node is on the main path, whose weighted layers are counted. */
const onMainPath = ({ node: { role } }: AnalysedNode) => role !== 'shortcut' && role !== 'factor';

function layersAndBlocks(
	{ groups: named }: Network,
	nodes: readonly AnalysedNode[],
	byId: ReadonlyMap<string, AnalysedNode>,
	parameters: readonly Parameter[]
): Pick<AnalysedNetwork, 'layers' | 'blocks'> {
	const groups = new Map<string, { column: number; nodes: AnalysedNode[] }>();
	/** For each node, the layer in whose column it is drawn; none before the first layer. */
	const layerOf = new Map<string, string>();
	const blocks = new Map<string, AnalysedNode[]>();
	for (const n of nodes) {
		const { id, inputs, block } = n.node;
		if (block !== undefined) blocks.set(block, [...(blocks.get(block) ?? []), n]);
		// The paths of shortcuts and factors have no columns and do not shift those that follow.
		if (!onMainPath(n)) {
			layerOf.set(id, entry(layerOf, inputs[0]));
			continue;
		}
		const before = inputs
			.map((input) => layerOf.get(input))
			.filter((layer) => layer !== undefined)
			.map((layer) => ({ layer, column: entry(groups, layer).column }));
		const last = before.reduce<(typeof before)[number] | null>(
			(most, one) => (!most || one.column > most.column ? one : most),
			null
		);
		if (isWeighted(n)) {
			groups.set(id, { column: last ? last.column + 1 : 0, nodes: [n] });
			layerOf.set(id, id);
		} else if (last) {
			entry(groups, last.layer).nodes.push(n);
			layerOf.set(id, last.layer);
		}
	}
	const kernels = new Map(parameters.map((p, i) => [p.name, i]));
	const layers = [...groups].map(([id, { column, nodes: group }]): Layer => {
		const [{ node, outputShape: own }] = group;
		return {
			column,
			id,
			stage: node.stage,
			block: node.block,
			nodes: group.map((n) => n.node.id),
			// Pooling and flattening are drawn in the layer's column but do not define its output.
			outputShape:
				group.findLast(({ outputShape: { length } }) => length === own.length)?.outputShape ?? own,
			parameterCount: sum(group, (n) => n.parameterCount),
			macs: sum(group, (n) => n.macs),
			kernel: entry(kernels, `${id}/kernel`)
		};
	});
	return {
		layers,
		blocks: [...blocks].map(([id, group], index): Block => {
			const main = group.filter(onMainPath);
			const columns = main.filter(isWeighted).map((n) => entry(groups, n.node.id).column);
			const add = group.find((n) => n.node.role === 'sum');
			return {
				...named[id],
				index,
				id,
				stage: group[0].node.stage,
				columns: [Math.min(...columns), Math.max(...columns)],
				output: main[main.length - 1].node.id,
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
	const own = group.filter(onShortcut);
	const arriving = entry(byId, add.inputs[1]).node;
	return {
		kind: kindOf(own),
		from: own.length ? own[0].node.inputs[0] : arriving.id,
		to: add.id,
		parameterCount: sum(own, (n) => n.parameterCount),
		macs: sum(own, (n) => n.macs)
	};
}

function kindOf(own: readonly AnalysedNode[]): Shortcut['kind'] {
	if (!own.length) return 'identity';
	if (own.some(isWeighted)) return 'projection';
	return own.some(({ node }) => node.type === 'multiply') ? 'gated' : 'subsample';
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
	return values.reduce((total, value) => total + of(value), 0);
}
