/**
 * The plan of a training step: a fixed list of operations, each with the buffers it works on. `compile.ts` makes it from a
 * description, once per network; a backend allocates the buffers once and runs the list every step.
 *
 * Feature maps are stored as `[N][H + 2][W + 2][C]`. Their border of zeros is never written, so a convolution that pads by
 * one needs no bounds checks; C is padded with zero channels to a multiple of 4, so every access covers four channels. The
 * features of a dense layer are a map of 1×1 pixels.
 */
import type { Activation, AnalysedNetwork, OpType } from '$lib/network';

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

/** Every operation has the id of the node it computes, or of the last of several. */
interface Planned {
	readonly node: string;
}

/**
 * y = x ⋆ kernel, without the bias: `Combine` adds it. A dense layer whose class scores are not the network's is one too:
 * its kernel covers its whole input map.
 */
export interface Convolution extends Planned {
	readonly kind: 'conv';
	/** Buffers. */
	readonly x: number;
	readonly y: number;
	readonly kernel: readonly [height: number, width: number];
	readonly stride: number;
	readonly padding: number;
	/** Number of groups of channels that are convolved separately. */
	readonly groups: number;
	/** Index of its kernel among the parameters. */
	readonly weights: number;
	/** False if it reads the image: the gradient with respect to it is not needed. */
	readonly inputGradient: boolean;
}

/** Whether the kernels for the usual convolutions compute it: square, in one group, and reaching one pixel over the border at most. */
export const isUsual = ({
	kernel,
	stride,
	padding,
	groups
}: Pick<Convolution, 'kernel' | 'stride' | 'padding' | 'groups'>): boolean =>
	kernel[0] === kernel[1] &&
	padding <= 1 &&
	kernel[0] <= padding + 2 &&
	stride <= 2 &&
	groups === 1;

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
 * z = f(normalise(y) + gate · shortcut), with y + bias instead if there is no normalisation, and y alone if there is no
 * bias either. One pass over the map. It follows a convolution whose output y nothing else reads, or it starts at any other
 * map y, which others may read too (pre-activation).
 */
export interface Combine extends Planned {
	readonly kind: 'combine';
	readonly y: number;
	readonly z: number;
	readonly norm: Normalisation | null;
	readonly bias: number | null;
	readonly shortcut: {
		readonly from: number;
		/** 1 for the map itself; 2 for option A, which reads every other pixel and only the channels that the map has. */
		readonly stride: number;
		/** Index of the block whose gate multiplies the shortcut; null for an addition without gate. */
		readonly gate: number | null;
	} | null;
	readonly activation: Activation | null;
	/** Id of the last node that it or, with several terms, the last of its passes computes: z is its output then. */
	readonly end: string;
	/** Index of the block whose output z is, or null. */
	readonly block: number | null;
	/** Index of the layer whose ReLU this is, or null. */
	readonly layer: number | null;
}

/** Index of the parameter that shifts each channel: the normalisation's beta, or the bias; null if there is neither. */
export const shiftOf = ({ norm, bias }: Combine): number | null => (norm ? norm.beta : bias);

/** The largest value or the mean of each window. A maximum passes over what lies outside the map. */
export interface Pool extends Planned {
	readonly kind: 'pool';
	readonly of: 'max' | 'average';
	readonly x: number;
	readonly z: number;
	readonly kernel: readonly [height: number, width: number];
	readonly stride: number;
	/** Rows above and columns to the left of the map that the first window covers; an average has none. */
	readonly padding: number;
}

/** Local response normalisation; see `network/ops/lrn.ts`. */
export interface Lrn extends Planned {
	readonly kind: 'lrn';
	readonly x: number;
	readonly z: number;
	readonly size: number;
	readonly alpha: number;
	readonly beta: number;
	readonly k: number;
}

/** Joins the channels of maps, in order. */
export interface Concat extends Planned {
	readonly kind: 'concat';
	readonly from: readonly number[];
	readonly z: number;
}

/** z = a · b, or a · (1 − b). */
export interface Multiply extends Planned {
	readonly kind: 'multiply';
	readonly a: number;
	readonly b: number;
	readonly z: number;
	/** Whether b is a map of 1×1 pixels with one factor per channel, while a may be larger. */
	readonly perChannel: boolean;
	readonly complement: boolean;
}

/** z = α x with one learned number α; see `network/ops/scale.ts`. */
export interface Scale extends Planned {
	readonly kind: 'scale';
	readonly x: number;
	readonly z: number;
	/** Index of α among the parameters. */
	readonly parameter: number;
	/** λ of the penalty λ |α|. */
	readonly penalty: number;
}

/** Dropout outside a head: z = x · mask in training, x otherwise. */
export interface Drop extends Planned {
	readonly kind: 'drop';
	readonly x: number;
	readonly z: number;
	readonly rate: number;
	/** Whether all values of an image share one draw. */
	readonly perImage: boolean;
}

export type ForwardOp = Convolution | Combine | Pool | Lrn | Concat | Multiply | Scale | Drop;

/** Global average pooling (of 1×1 pixels after a dense layer: nothing), dense layer and loss. */
export interface Head extends Planned {
	readonly z: number;
	readonly weights: number;
	readonly bias: number | null;
	readonly classes: number;
	/** Dropout rate of the pooled features in training; 0 for no dropout. */
	readonly dropout: number;
	/** Id of the dropout's node, for its key; null for no dropout. */
	readonly dropoutNode: string | null;
	/** Weight of its cross-entropy in the loss that training minimises: 1 for the network's own class scores. */
	readonly weight: number;
	/** Whether its class scores are not the network's: it is not reported. */
	readonly auxiliary: boolean;
}

/** The buffer of a gradient, and whether to add to what it holds instead of overwriting it. */
export interface Target {
	readonly buffer: number;
	readonly accumulate: boolean;
}

/**
 * Operations of the backward pass, in order. `dz` is the gradient buffer of an operation's output; a target is that of an
 * input, null for the image, whose gradient is not needed. With `keep`, the shortcut's source map takes over the buffer dz,
 * which then holds gate · da.
 */
export type BackwardOp =
	| ({ readonly kind: 'headGrad'; readonly head: Head } & ToMap)
	| {
			/**
			 * da = dz · f′(z), and with `keep` gate · da replaces dz. After a convolution, the gradient with respect to y
			 * replaces y (`dy.buffer` is `combine.y`); else y stays as it is.
			 */
			readonly kind: 'combineGrad';
			readonly combine: Combine;
			readonly dz: number;
			readonly keep: boolean;
			readonly dy: Target | null;
	  }
	| { readonly kind: 'kernelGrad'; readonly conv: Convolution; readonly dy: number }
	| ({ readonly kind: 'inputGrad'; readonly conv: Convolution; readonly dy: number } & ToMap)
	| {
			/** Adds to the gradient `to` what passes through a shortcut: `from` itself, or the adjoint of option A's subsampling. */
			readonly kind: 'subsampleGrad';
			readonly node: string;
			readonly stride: number;
			readonly from: number;
			readonly to: number;
	  }
	| ({ readonly kind: 'poolGrad'; readonly pool: Pool; readonly dz: number } & ToMap)
	| ({ readonly kind: 'lrnGrad'; readonly lrn: Lrn; readonly dz: number } & ToMap)
	| {
			readonly kind: 'concatGrad';
			readonly concat: Concat;
			readonly dz: number;
			readonly dx: readonly (Target | null)[];
	  }
	| {
			readonly kind: 'multiplyGrad';
			readonly multiply: Multiply;
			readonly dz: number;
			readonly da: Target | null;
			readonly db: Target | null;
	  }
	| {
			readonly kind: 'scaleGrad';
			readonly scale: Scale;
			readonly dz: number;
			readonly dx: Target | null;
	  }
	| ({ readonly kind: 'dropGrad'; readonly drop: Drop; readonly dz: number } & ToMap)
	| {
			/** Measures a block whose output z no `Combine` makes: the standard deviation of z, the norm of dz. */
			readonly kind: 'measure';
			readonly node: string;
			readonly block: number;
			readonly z: number;
			readonly dz: number;
	  };
interface ToMap {
	readonly dx: Target;
}

export interface Plan {
	readonly network: AnalysedNetwork;
	/** Shapes of all maps, including gradients, by buffer number. Buffer 0 is the image. */
	readonly buffers: readonly MapShape[];
	/** Channels of each normalisation over the batch, by its index. */
	readonly norms: readonly { readonly node: string; readonly channels: number }[];
	readonly forward: readonly ForwardOp[];
	readonly head: Head;
	/** The auxiliary heads that are trained. */
	readonly auxiliary: readonly Head[];
	readonly backward: readonly BackwardOp[];
}

/** Thrown for a network with an operation that our kernels lack; the reference engine may still train it. */
export class UnplannedError extends Error {
	override readonly name = 'UnplannedError';
	constructor(
		readonly node: string,
		/** The type of the operation; null if the network as a whole is the reason. */
		readonly type: OpType | null = null
	) {
		super(`${node}: no kernels for ${type ?? 'this operation'} in this place`);
	}
}

/**
 * The main part of the bytes that plans take for batches of `images` images: maps and parameters. Lanes step one after
 * another, so they share maps of equal shape. `Engine.bytesFor` counts everything.
 */
export function planBytes(plans: readonly Plan[], images: number) {
	const sizes = new Map<string, number>();
	let parameters = 0;
	for (const plan of plans) {
		mapNames(plan.buffers).forEach((name, i) => sizes.set(name, mapSize(plan.buffers[i])));
		// Values, velocities, squares, gradients, and the kernels as the forward and the backward pass read them.
		for (const { size } of plan.network.parameters) parameters += size * 4 * 6;
	}
	let maps = 0;
	for (const size of sizes.values()) maps += size * images * 4;
	return { maps, parameters, total: maps + parameters };
}
