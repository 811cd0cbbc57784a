/** Compiles a network into the plan of its training step. Pure: nothing is allocated here. */
import { entry } from '$lib/base/entry';
import {
	analyse,
	type AnalysedNode,
	type Network,
	type NetworkNode,
	type OpType,
	type Parameter
} from '$lib/network';
import {
	shapeKey,
	UnplannedError,
	type Combine,
	type ForwardOp,
	type Head,
	type MapShape,
	type Normalisation,
	type Plan
} from './plan';
import { planBackward } from './reverse';

/** The normalising operations: the number of channel groups per image, or null for statistics over the batch. */
const NORMALISES: { readonly [T in OpType]?: (node: NetworkNode<T>) => number | null } = {
	batchNorm: () => null,
	groupNorm: ({ groups }) => groups
};
const normalises = <T extends OpType>(node: NetworkNode<T>) => NORMALISES[node.type]?.(node);
const NORMS = Object.keys(NORMALISES) as OpType[];
/** The operations for which a flattened map is as good as a vector. */
const READ_FLAT: readonly OpType[] = ['flatten', 'dense', 'dropout', 'scale', 'activation'];

/**
 * Plans every operation in the order of the description. What can be fused into a `Combine` is: a normalisation, an
 * addition, an activation, in this order, as long as nothing else reads what lies between them.
 * @throws UnplannedError naming the node that no plan can hold
 */
export function compile(description: Network): Plan {
	const network = analyse(description);
	const { parameters, layers, blocks } = network;
	const { auxiliaryLosses = {} } = description;
	const nodes = network.nodes.filter(
		({ node }) => !node.auxiliary || description.auxiliaryLosses !== undefined
	);
	const byId = new Map(nodes.map((n) => [n.node.id, n]));
	const consumers = new Map<string, AnalysedNode[]>();
	for (const n of nodes)
		for (const id of n.node.inputs) consumers.set(id, [...(consumers.get(id) ?? []), n]);
	/** Index of the layer to which a ReLU belongs, by the ReLU's id. */
	const layerOf = new Map(
		layers.flatMap(({ nodes: ids }, i) => {
			const relu = ids.find((id) => {
				const { node } = entry(byId, id);
				return node.type === 'activation' && node.activation === 'relu';
			});
			return relu === undefined ? [] : [[relu, i] as const];
		})
	);
	const last = network.nodes.findLast(({ node }) => !node.auxiliary)?.node.id;
	/** Weights of the class scores' losses. */
	const losses = new Map([...Object.entries(auxiliaryLosses), [last, 1] as const]);

	const parameter = (node: string, role: Parameter['role']) => {
		const index = parameters.findIndex((p) => p.node === node && p.role === role);
		return index < 0 ? null : index;
	};
	const ownParameter = ({ id, type }: NetworkNode, role: Parameter['role']) => {
		const index = parameter(id, role);
		if (index === null) throw new UnplannedError(id, type);
		return index;
	};

	/** The nodes that are blocks' outputs. */
	const outputs = new Set(blocks.map(({ output }) => output));
	const buffers: MapShape[] = [];
	/** The buffer with the output of each node. */
	const bufferOf = new Map<string, number>();
	const norms: { node: string; channels: number }[] = [];
	const forward: ForwardOp[] = [];
	const heads: Head[] = [];
	/** Nodes that the plan holds already. */
	const done = new Set<string>();

	function shapeOf(id: string): MapShape {
		const shape = entry(byId, id).outputShape;
		const [height, width, channels] = shape.length === 3 ? shape : [1, 1, shape[0]];
		return { height, width, channels };
	}
	/** @param shape the shape of a flattened input, which stays a map */
	function newBuffer(id: string, shape = shapeOf(id)): number {
		const buffer = buffers.push(shape) - 1;
		bufferOf.set(id, buffer);
		return buffer;
	}
	/** The buffer with the nth input of a node. */
	function inputOf({ id, type, inputs }: NetworkNode, n = 0): number {
		const buffer = bufferOf.get(inputs[n]);
		if (buffer === undefined) throw new UnplannedError(id, type);
		const isFlat = shapeKey(buffers[buffer]) !== shapeKey(shapeOf(inputs[n]));
		if (isFlat && !READ_FLAT.includes(type)) throw new UnplannedError(id, type);
		return buffer;
	}
	const sizeOf = (map: number) => [buffers[map].height, buffers[map].width] as const;
	/**
	 * The only reader of a node, if it has one of the types and reads that node as its first input. None of a block's
	 * output, which must be stored to be measured.
	 */
	function onlyReader<T extends OpType>(id: string, ...types: readonly T[]) {
		if (outputs.has(id)) return null;
		const [only, ...others] = consumers.get(id) ?? [];
		const type = types.find((type) => type === only?.node.type);
		if (!type || others.length || only.node.inputs[0] !== id) return null;
		return only.node as NetworkNode<T>;
	}
	/** Whether a head takes a node in: pooling or dropout of the features that class scores are computed from. */
	function isOfHead({ id, type }: NetworkNode): boolean {
		const dropout = type === 'globalAveragePool' ? onlyReader(id, 'dropout') : null;
		if (dropout?.per) return false;
		const dense = onlyReader(dropout?.id ?? id, 'dense');
		return dense !== null && losses.has(dense.id);
	}

	const PLANS: { readonly [T in OpType]: (node: NetworkNode<T>) => void } = {
		input: ({ id }) => newBuffer(id),
		conv: planConvolution,
		batchNorm: planCombine,
		groupNorm: planCombine,
		add: planCombine,
		activation: planCombine,
		// The addition reads its input directly.
		subsample: ({ id, type }) => {
			const readers = consumers.get(id) ?? [];
			const carried = ({ node }: AnalysedNode) => node.type === 'add' && node.inputs[1] === id;
			if (!readers.every(carried)) throw new UnplannedError(id, type);
		},
		maxPool: (node) => planPool(node, 'max', [node.kernel, node.kernel], node),
		averagePool: (node) => planPool(node, 'average', [node.kernel, node.kernel], node),
		globalAveragePool(node) {
			if (!isOfHead(node)) planPool(node, 'average', sizeOf(inputOf(node)), { stride: 1 });
		},
		lrn(node) {
			const { id, size, alpha, beta, k } = node;
			const x = inputOf(node);
			forward.push({ kind: 'lrn', node: id, x, z: newBuffer(id), size, alpha, beta, k });
		},
		concat(node) {
			const from = node.inputs.map((_, n) => inputOf(node, n));
			forward.push({ kind: 'concat', node: node.id, from, z: newBuffer(node.id) });
		},
		multiply(node) {
			const [a, b] = [inputOf(node), inputOf(node, 1)];
			const perChannel = sizeOf(a).join() !== sizeOf(b).join();
			const { id, complement = false } = node;
			forward.push({ kind: 'multiply', node: id, a, b, z: newBuffer(id), perChannel, complement });
		},
		scale(node) {
			const { id, penalty = 0 } = node;
			const x = inputOf(node);
			const parameter = ownParameter(node, 'scale');
			const z = newBuffer(id, buffers[x]);
			forward.push({ kind: 'scale', node: id, x, z, parameter, penalty });
		},
		dropout(node) {
			if (!node.per && isOfHead(node)) return;
			const { id, rate, per } = node;
			const x = inputOf(node);
			forward.push({
				kind: 'drop',
				node: id,
				x,
				z: newBuffer(id, buffers[x]),
				rate,
				perImage: per === 'image'
			});
		},
		// Its values stay where they are: a dense layer takes height × width × channels in this order.
		flatten: (node) => void bufferOf.set(node.id, inputOf(node)),
		dense(node) {
			if (losses.has(node.id)) planHead(node);
			else planConvolution(node);
		}
	};
	function begin<T extends OpType>(node: NetworkNode<T>): void {
		PLANS[node.type](node);
	}

	for (const { node } of nodes) if (!done.has(node.id)) begin(node);
	const head = heads.find(({ auxiliary }) => !auxiliary);
	if (!head) throw new UnplannedError(last ?? network.network.name);
	const measured = blocks.flatMap(({ index, output }) => {
		const z = bufferOf.get(output);
		if (z === undefined) throw new UnplannedError(output, entry(byId, output).node.type);
		const made = forward.some((op) => op.kind === 'combine' && op.block === index);
		return made ? [] : [{ node: output, block: index, z }];
	});
	const reversed = planBackward(buffers, forward, heads, measured);
	const auxiliary = heads.filter((one) => one !== head);
	return { network, norms, forward, head, auxiliary, ...reversed };

	function planConvolution(node: NetworkNode<'conv' | 'dense'>): void {
		const { id } = node;
		const x = inputOf(node);
		const weights = ownParameter(node, 'kernel');
		const shape =
			node.type === 'conv'
				? {
						kernel: node.kernel,
						stride: node.stride,
						padding: node.padding,
						groups: node.groups ?? 1
					}
				: { kernel: sizeOf(x), stride: 1, padding: 0, groups: 1 };
		const y = newBuffer(id);
		done.add(id);
		forward.push({ kind: 'conv', node: id, x, y, ...shape, weights, inputGradient: x !== 0 });
		const follows = onlyReader(id, ...NORMS, 'add', 'activation');
		if (node.bias || (follows && !done.has(follows.id))) fuse(node, y, parameter(id, 'bias'));
	}

	/** Starts a `Combine` at a node that no convolution has taken in. */
	function planCombine(node: NetworkNode<'batchNorm' | 'groupNorm' | 'add' | 'activation'>): void {
		fuse(node, inputOf(node), null, node);
	}

	/**
	 * Fuses the normalisation, addition and activation that follow a node, as far as they are there.
	 * @param y the buffer that it starts from
	 * @param first the first of them, if the node itself is one
	 */
	function fuse(node: NetworkNode, y: number, bias: number | null, first?: NetworkNode): void {
		let end = node.id;
		let given = first;
		const next = <T extends OpType>(...types: readonly T[]) => {
			const isGiven = given && (types as readonly OpType[]).includes(given.type);
			const found = isGiven ? (given as NetworkNode<T>) : given ? null : onlyReader(end, ...types);
			if (!found || (!isGiven && done.has(found.id))) return null;
			given = undefined;
			end = found.id;
			done.add(end);
			return found;
		};
		// A bias is added after a normalisation, not before it.
		const norm = bias === null ? next(...NORMS) : null;
		const add = next('add');
		const activation = next('activation');
		const planned = norm && planNorm(norm);
		const shortcut = add && planShortcut(add);
		const passes = [
			{ node: node.id, norm: planned, bias, shortcut },
			...(add ? furtherTerms(add) : [])
		];
		const block = blocks.findIndex(({ output }) => output === end);
		let from = y;
		for (const [i, pass] of passes.entries()) {
			const isLast = i === passes.length - 1;
			const z = isLast ? newBuffer(end, buffers[y]) : buffers.push(buffers[y]) - 1;
			forward.push({
				kind: 'combine',
				...pass,
				end,
				y: from,
				z,
				activation: isLast && activation ? activation.activation : null,
				block: isLast && block >= 0 ? block : null,
				layer: (isLast && activation ? layerOf.get(activation.id) : null) ?? null
			});
			from = z;
		}
	}

	/** Passes that add the maps after the shortcut, one at a time. */
	function furtherTerms(add: NetworkNode<'add'>) {
		return add.inputs.slice(2).map((id, n) => {
			planAhead(entry(byId, id).node);
			const shortcut = { from: inputOf(add, n + 2), stride: 1, gate: null };
			return { node: add.id, norm: null, bias: null, shortcut };
		});
	}

	function planNorm(node: NetworkNode): Normalisation {
		const groups = normalises(node);
		const affine = { gamma: ownParameter(node, 'gamma'), beta: ownParameter(node, 'beta') };
		if (groups) return { ...affine, over: 'image', groups };
		const channels = parameters[affine.gamma].size;
		return { ...affine, over: 'batch', index: norms.push({ node: node.id, channels }) - 1 };
	}

	function planShortcut(add: NetworkNode<'add'>): Combine['shortcut'] {
		const source = entry(byId, add.inputs[1]).node;
		planAhead(source);
		const subsampled = source.type === 'subsample';
		if (subsampled) done.add(source.id);
		const gate = blocks.findIndex(({ shortcut }) => shortcut?.to === add.id);
		return {
			from: subsampled ? inputOf(source) : inputOf(add, 1),
			stride: subsampled ? source.stride : 1,
			gate: gate < 0 ? null : gate
		};
	}

	/** Plans a node, and what it needs, that comes later in the description: a projection after the residual branch. */
	function planAhead(node: NetworkNode): void {
		if (done.has(node.id) || bufferOf.has(node.id)) return;
		for (const id of node.inputs) planAhead(entry(byId, id).node);
		if (done.has(node.id)) return;
		begin(node);
		done.add(node.id);
	}

	function planHead(dense: NetworkNode<'dense'>): void {
		let from = entry(byId, dense.inputs[0]).node;
		const dropout = from.type === 'dropout' && isOfHead(from) ? from : null;
		if (dropout) from = entry(byId, dropout.inputs[0]).node;
		const pooled = from.type === 'globalAveragePool' && isOfHead(from);
		const z = bufferOf.get(pooled ? from.inputs[0] : from.id);
		if (z === undefined || (!pooled && sizeOf(z).join() !== '1,1'))
			throw new UnplannedError(dense.id, dense.type);
		heads.push({
			node: dense.id,
			z,
			weights: ownParameter(dense, 'kernel'),
			bias: parameter(dense.id, 'bias'),
			classes: dense.units,
			dropout: dropout?.rate ?? 0,
			dropoutNode: dropout?.id ?? null,
			weight: entry(losses, dense.id),
			auxiliary: dense.id !== last
		});
	}

	function planPool(
		node: NetworkNode,
		of: 'max' | 'average',
		kernel: readonly [number, number],
		{ stride, padding = 0 }: { readonly stride: number; readonly padding?: number }
	): void {
		const x = inputOf(node);
		const z = newBuffer(node.id);
		forward.push({ kind: 'pool', node: node.id, of, x, z, kernel, stride, padding });
	}
}
