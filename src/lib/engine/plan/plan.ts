/**
 * Compiles a network into the fixed list of operations of a training step, each with the buffers it works on. The
 * compiler is pure: a backend allocates the buffers once and runs the list every step.
 *
 * Feature maps are stored as `[N][H + 2][W + 2][C]`. Their border of zeros is never written, so a convolution needs no
 * bounds checks; C is padded with zero channels to a multiple of 4, so every access covers four channels.
 */
import { entry } from '$lib/base/entry';
import {
	analyse,
	type Activation,
	type AnalysedNetwork,
	type AnalysedNode,
	type Network,
	type NetworkNode,
	type OpType,
	type Parameter
} from '$lib/network';

/** Shape of a feature map, without the batch. */
export interface MapShape {
	readonly height: number;
	readonly width: number;
	readonly channels: number;
}

/** The number of channels including padding. */
export const padded = (channels: number) => (channels + 3) & ~3;

/** Number of values in one image's map, including border and padding. */
export const mapSize = ({ height, width, channels }: MapShape) =>
	(height + 2) * (width + 2) * padded(channels);

/** A key that is equal for maps of the same shape, which can share memory. */
export const shapeKey = ({ height, width, channels }: MapShape) => `${height}×${width}×${channels}`;

/** Names of maps, in order. Lanes step one after another, so maps of the same name in several lanes share memory. */
export function mapNames(shapes: readonly MapShape[]): string[] {
	const taken = new Map<string, number>();
	return shapes.map((shape) => {
		const key = shapeKey(shape);
		const count = taken.get(key) ?? 0;
		taken.set(key, count + 1);
		return `${key} ${count}`;
	});
}

/** y = x ⋆ kernel, without the bias: `Combine` adds it. */
export interface Convolution {
	readonly kind: 'conv';
	readonly node: string;
	/** Buffers. */
	readonly x: number;
	readonly y: number;
	readonly kernel: readonly [number, number];
	readonly stride: number;
	readonly padding: number;
	/** Index of its kernel among the parameters. */
	readonly weights: number;
	/** False for the first layer: the gradient with respect to the image is not needed. */
	readonly inputGradient: boolean;
}

/** Normalisation by mean and variance, then γ and β by channel. */
export type Normalisation = {
	/** Index of γ among the parameters; `beta` is that of β. */
	readonly gamma: number;
	readonly beta: number;
} & (
	| {
			/** Statistics per channel over the batch; evaluation uses running averages, whose index is `index`. */
			readonly over: 'batch';
			readonly index: number;
	  }
	| {
			/** Statistics per image over a group of channels, in training and evaluation. */
			readonly over: 'image';
			readonly groups: number;
	  }
);

/** The number of consecutive channels that share mean and variance. */
export const channelsTogether = (norm: Normalisation | null, { channels }: MapShape): number =>
	norm?.over === 'image' ? channels / norm.groups : 1;

/**
 * z = f(normalise(y) + gate · shortcut), with y + bias instead if there is no normalisation. One pass over the map.
 */
export interface Combine {
	readonly kind: 'combine';
	readonly node: string;
	readonly y: number;
	readonly z: number;
	readonly norm: Normalisation | null;
	readonly bias: number | null;
	readonly shortcut: {
		readonly from: number;
		/** 1 for the map itself; 2 for option A, which reads every other pixel and only the channels that the map has. */
		readonly stride: number;
		/** Index of the block whose gate multiplies the shortcut. */
		readonly gate: number;
	} | null;
	readonly activation: Activation | null;
	/** Index of the block whose output z is, or null. */
	readonly block: number | null;
	/** Index of its layer, or null for a projection. */
	readonly layer: number | null;
}

/** Index of the parameter that shifts each channel: the normalisation's beta, or the bias. @throws UnplannedError if neither */
export function shiftOf({ norm, bias, node }: Combine): number {
	const shift = norm ? norm.beta : bias;
	if (shift === null) throw new UnplannedError(node);
	return shift;
}

/** Global average pooling, dense layer and loss. */
export interface Head {
	readonly z: number;
	readonly weights: number;
	readonly bias: number | null;
	readonly classes: number;
	/** Dropout rate of the pooled features in training; 0 for no dropout. */
	readonly dropout: number;
}

/**
 * Operations of the backward pass, in order. `dz` is the gradient buffer of a map; with `keep`, the shortcut's source
 * map takes over the same buffer, which then holds gate · da.
 */
export type BackwardOp =
	| { readonly kind: 'headGrad'; readonly dz: number }
	| {
			/** da = dz · f′(z). The gradient with respect to y replaces y, and with `keep` gate · da replaces dz. */
			readonly kind: 'combineGrad';
			readonly combine: Combine;
			readonly dz: number;
			readonly keep: boolean;
	  }
	| { readonly kind: 'kernelGrad'; readonly conv: Convolution }
	| {
			readonly kind: 'inputGrad';
			readonly conv: Convolution;
			readonly dx: number;
			/** Whether to add to the buffer instead of overwriting it. */
			readonly accumulate: boolean;
	  }
	| {
			/** The adjoint of option A's subsampling, added to the convolution's gradient. */
			readonly kind: 'subsampleGrad';
			readonly stride: number;
			readonly from: number;
			readonly to: number;
	  };

export interface Plan {
	readonly network: AnalysedNetwork;
	/** Shapes of all maps, including gradients, by buffer number. Buffer 0 is the image. */
	readonly buffers: readonly MapShape[];
	/** Channels of each normalisation over the batch, by its index. */
	readonly norms: readonly { readonly node: string; readonly channels: number }[];
	readonly forward: readonly (Convolution | Combine)[];
	readonly head: Head;
	readonly backward: readonly BackwardOp[];
}

/** The normalising operations: the number of channel groups per image, or null for statistics over the batch. */
const NORMALISES: { readonly [T in OpType]?: (node: NetworkNode<T>) => number | null } = {
	batchNorm: () => null,
	groupNorm: ({ groups }) => groups
};
const normalises = <T extends OpType>(node: NetworkNode<T>) => NORMALISES[node.type]?.(node);

/** Thrown for a network with an operation that our kernels lack; the reference engine may still train it. */
export class UnplannedError extends Error {
	override readonly name = 'UnplannedError';
	constructor(readonly node: string) {
		super(`${node}: no kernels for this operation in this place`);
	}
}

/** @throws UnplannedError naming the node that has no kernels */
export function compile(description: Network): Plan {
	const network = analyse(description);
	const { nodes, parameters, layers, blocks } = network;
	const byId = new Map(nodes.map((n) => [n.node.id, n]));
	const consumers = new Map<string, AnalysedNode[]>();
	for (const n of nodes)
		for (const id of n.node.inputs) consumers.set(id, [...(consumers.get(id) ?? []), n]);
	const parameter = (node: string, role: Parameter['role']) => {
		const index = parameters.findIndex((p) => p.node === node && p.role === role);
		return index < 0 ? null : index;
	};
	const ownParameter = (node: string, role: Parameter['role']) => {
		const index = parameter(node, role);
		if (index === null) throw new UnplannedError(node);
		return index;
	};

	const buffers: MapShape[] = [];
	/** The buffer with the output of each node. */
	const bufferOf = new Map<string, number>();
	const norms: { node: string; channels: number }[] = [];
	const forward: (Convolution | Combine)[] = [];
	let head: Head | null = null;

	function newBuffer(id: string): number {
		const [height, width, channels] = entry(byId, id).outputShape;
		return buffers.push({ height, width, channels }) - 1;
	}

	/** What each operation starts in the plan. Null: the plan refuses it, unless the operation before has fused it. */
	const begins: { readonly [T in OpType]: ((node: NetworkNode<T>) => void) | null } = {
		input: ({ id }) => bufferOf.set(id, newBuffer(id)),
		conv: planConvolution,
		// The addition reads its input directly.
		subsample: () => {},
		globalAveragePool: planHead,
		// Fused into the convolution before them.
		batchNorm: null,
		groupNorm: null,
		add: null,
		activation: null,
		// Fused into the head.
		dropout: null,
		dense: null,
		// There are no kernels for these.
		maxPool: null,
		averagePool: null,
		lrn: null,
		concat: null,
		multiply: null,
		scale: null,
		flatten: null
	};
	function begin<T extends OpType>(node: NetworkNode<T>): void {
		const plan = begins[node.type];
		if (!plan) throw new UnplannedError(node.id);
		plan(node);
	}

	const image = nodes[0].node.id;
	const done = new Set<string>();
	for (const { node } of nodes) if (!done.has(node.id)) begin(node);
	if (!head) throw new UnplannedError(nodes[nodes.length - 1].node.id);
	refuseHiddenOutputs();

	/**
	 * A block's output must be stored in a map to be measured. With pre-activation, the next block's activation may
	 * have been fused, so that no map holds the sum.
	 */
	function refuseHiddenOutputs(): void {
		const measured = new Set(forward.map((op) => (op.kind === 'combine' ? op.block : null)));
		const hidden = blocks.find(({ index }) => !measured.has(index));
		if (hidden) throw new UnplannedError(hidden.output);
	}

	function planConvolution(node: NetworkNode<'conv'>): void {
		const x = bufferOf.get(node.inputs[0]);
		if (
			x === undefined ||
			node.kernel[0] !== node.kernel[1] ||
			node.padding > 1 ||
			node.stride > 2 ||
			node.groups
		)
			throw new UnplannedError(node.id);
		const y = newBuffer(node.id);
		forward.push({
			kind: 'conv',
			node: node.id,
			x,
			y,
			kernel: node.kernel,
			stride: node.stride,
			padding: node.padding,
			weights: ownParameter(node.id, 'kernel'),
			inputGradient: node.inputs[0] !== image
		});
		done.add(node.id);
		planCombine(node, y);
	}

	/** Fuses the normalisation, addition and activation that follow a convolution, if present. */
	function planCombine(conv: NetworkNode<'conv'>, y: number): void {
		let last = conv.id;
		/** The only consumer of the last fused node, if it has one of the types and reads that node as its first input. */
		const next = <T extends OpType>(...types: readonly T[]) => {
			const [only, ...others] = consumers.get(last) ?? [];
			const type = types.find((type) => type === only?.node.type);
			if (!type || others.length || only.node.inputs[0] !== last) return null;
			last = only.node.id;
			done.add(last);
			return only.node as NetworkNode<T>;
		};
		const norm = next(...(Object.keys(NORMALISES) as OpType[]));
		const add = next('add');
		const activation = next('activation');
		const z = newBuffer(last);
		bufferOf.set(last, z);
		const block = blocks.findIndex(({ output }) => output === last);
		const layer = layers.findIndex(({ id }) => id === conv.id);
		forward.push({
			kind: 'combine',
			node: conv.id,
			y,
			z,
			norm: norm && planNorm(norm, buffers[z].channels),
			bias: parameter(conv.id, 'bias'),
			shortcut: add && planShortcut(add),
			activation: activation && activation.activation,
			block: block < 0 ? null : block,
			layer: layer < 0 ? null : layer
		});
	}

	function planNorm(node: NetworkNode, channels: number): Normalisation {
		const groups = normalises(node);
		const affine = { gamma: ownParameter(node.id, 'gamma'), beta: ownParameter(node.id, 'beta') };
		if (groups) return { ...affine, over: 'image', groups };
		return { ...affine, over: 'batch', index: norms.push({ node: node.id, channels }) - 1 };
	}

	function planShortcut(add: NetworkNode) {
		const source = entry(byId, add.inputs[1]).node;
		const subsampled = source.type === 'subsample';
		// A projection comes after the residual branch in the description and before their sum here.
		let projection = source;
		while (projection.type in NORMALISES) projection = entry(byId, projection.inputs[0]).node;
		if (projection.type === 'conv' && !done.has(projection.id)) planConvolution(projection);
		const from = bufferOf.get(subsampled ? source.inputs[0] : source.id);
		if (from === undefined) throw new UnplannedError(add.id);
		if (subsampled) done.add(source.id);
		return {
			from,
			stride: subsampled ? source.stride : 1,
			gate: blocks.findIndex(({ shortcut }) => shortcut?.to === add.id)
		};
	}

	function planHead(pool: NetworkNode): void {
		const after = consumers.get(pool.id)?.[0]?.node;
		const dropout = after?.type === 'dropout' ? after : null;
		const dense = dropout ? consumers.get(dropout.id)?.[0]?.node : after;
		const z = bufferOf.get(pool.inputs[0]);
		if (z === undefined || dense?.type !== 'dense' || consumers.get(dense.id)?.length)
			throw new UnplannedError(pool.id);
		done.add(pool.id).add(dense.id);
		if (dropout) done.add(dropout.id);
		head = {
			z,
			weights: ownParameter(dense.id, 'kernel'),
			bias: parameter(dense.id, 'bias'),
			classes: dense.units,
			dropout: dropout?.rate ?? 0
		};
	}

	return { network, norms, forward, head, ...planBackward(buffers, forward, head) };
}

/** Reverses the forward list and assigns every map's gradient a buffer, which is reused as soon as the gradient is no longer needed. */
function planBackward(
	maps: readonly MapShape[],
	forward: readonly (Convolution | Combine)[],
	head: Head
): Pick<Plan, 'buffers' | 'backward'> {
	const buffers = [...maps];
	const backward: BackwardOp[] = [];
	const free = new Map<string, number[]>();
	/** Gradient buffer of each map, once something has been written to it. */
	const gradients = new Map<number, number>();

	function acquire(map: number): number {
		const shape = buffers[map];
		const buffer = free.get(shapeKey(shape))?.pop() ?? buffers.push(shape) - 1;
		gradients.set(map, buffer);
		return buffer;
	}
	function release(buffer: number): void {
		const name = shapeKey(buffers[buffer]);
		free.set(name, [...(free.get(name) ?? []), buffer]);
	}

	backward.push({ kind: 'headGrad', dz: acquire(head.z) });
	const subsampled: { from: number; map: number; stride: number }[] = [];
	for (const op of [...forward].reverse()) {
		if (op.kind === 'combine') {
			const dz = entry(gradients, op.z);
			const { shortcut } = op;
			backward.push({ kind: 'combineGrad', combine: op, dz, keep: shortcut !== null });
			if (!shortcut) release(dz);
			else if (shortcut.stride === 1) {
				if (gradients.has(shortcut.from)) throw new UnplannedError(op.node);
				gradients.set(shortcut.from, dz);
			} else subsampled.push({ from: dz, map: shortcut.from, stride: shortcut.stride });
			continue;
		}
		backward.push({ kind: 'kernelGrad', conv: op });
		if (!op.inputGradient) continue;
		const before = gradients.get(op.x);
		const dx = before ?? acquire(op.x);
		backward.push({ kind: 'inputGrad', conv: op, dx, accumulate: before !== undefined });
		const at = subsampled.findIndex(({ map }) => map === op.x);
		if (at >= 0) {
			const [{ from, stride }] = subsampled.splice(at, 1);
			backward.push({ kind: 'subsampleGrad', stride, from, to: dx });
			release(from);
		}
	}
	return { buffers, backward };
}

/**
 * Bytes that plans need for batches of `images` images, computed before anything is allocated. Lanes step one after
 * another, so they share maps of equal shape.
 */
export function planBytes(plans: readonly Plan[], images: number) {
	const sizes = new Map<string, number>();
	let parameters = 0;
	for (const { network, buffers } of plans) {
		mapNames(buffers).forEach((name, i) => sizes.set(name, mapSize(buffers[i])));
		// Values, velocities, squares, gradients, and two packed copies of the kernels, for the forward and the backward pass.
		parameters += network.parameterCount * 4 * 6;
	}
	let maps = 0;
	for (const size of sizes.values()) maps += size * images * 4;
	return { maps, parameters, total: maps + parameters };
}

/** A tap of a convolution: the weights that multiply the pixel at the given offset from the output's. */
export interface Tap {
	readonly weight: number;
	readonly dy: number;
	readonly dx: number;
}

/** Taps of the forward pass and of the gradient with respect to the kernel, as offsets from the pixel (stride · row, stride · column). */
export function taps({ kernel: [kh, kw], padding }: Convolution): Tap[] {
	return Array.from({ length: kh * kw }, (_, weight) => ({
		weight,
		dy: Math.floor(weight / kw) - padding,
		dx: (weight % kw) - padding
	}));
}

/** One phase of the gradient with respect to the input: the pixels at (row, column) modulo `stride`. */
export interface Phase {
	readonly row: number;
	readonly column: number;
	/** Offsets relative to the pixel of dy with the same indices within the phase. If there are none, dx is 0. */
	readonly taps: readonly Tap[];
}

/**
 * dx[s·i + r] = Σ over taps a with r + padding − a a multiple of s of dy[i + (r + padding − a) / s] · w[a]ᵀ:
 * each of the s² phases is a separate convolution.
 */
export function phases({ kernel: [kh, kw], padding, stride }: Convolution): Phase[] {
	const axis = (size: number, place: number) =>
		Array.from({ length: size }, (_, a) => ({ a, shift: place + padding - a })).filter(
			({ shift }) => shift % stride === 0
		);
	return Array.from({ length: stride * stride }, (_, i) => {
		const row = Math.floor(i / stride);
		const column = i % stride;
		const taps = axis(kh, row).flatMap(({ a, shift: dy }) =>
			axis(kw, column).map(({ a: b, shift: dx }) => ({
				weight: a * kw + b,
				dy: dy / stride,
				dx: dx / stride
			}))
		);
		return { row, column, taps };
	});
}
