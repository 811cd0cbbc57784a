/**
 * What a network is: one plain, serialisable value that the explorer draws, the engine trains and the
 * exporters write. It holds operations and their order; shapes and counts are derived (`analyse.ts`).
 */
import type { ImageShape } from '$lib/base/image';

/** Output shape of an operation without the batch: `[H, W, C]`, or `[units]` after pooling. */
export type Shape = readonly number[];

export const ACTIVATIONS = ['relu', 'leaky-relu', 'tanh', 'sigmoid'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** What a leaky ReLU multiplies negative values by (Maas et al. 2013). */
export const LEAKY_SLOPE = 0.01;

/**
 * How the weights are drawn (biases start at 0, gamma at 1, beta at 0):
 * - `he`: normal, σ = √(2 / fan-in) (He et al. 2015, "Delving Deep into Rectifiers")
 * - `xavier`: normal, σ = √(2 / (fan-in + fan-out)) (Glorot and Bengio 2010)
 * - `small-normal`: normal, σ = 0.01
 * - `twice-he`: twice the σ of `he`, too large on purpose
 * - `zero-residual`: `he`, but the last weights of each residual branch start at 0
 *   (gamma with batch normalisation, the kernel without)
 */
export const INITIALISATIONS = [
	'he',
	'xavier',
	'small-normal',
	'twice-he',
	'zero-residual'
] as const;
export type Initialisation = (typeof INITIALISATIONS)[number];

/**
 * Shortcut options of He et al. 2015, §3.3, or `none` for a plain network.
 * A: identity, subsampled and zero-padded where the shape changes; B: projection where it changes;
 * C: projections everywhere.
 */
export type ShortcutOption = 'none' | 'A' | 'B' | 'C';

export type Operation =
	| { readonly type: 'input' }
	| {
			readonly type: 'conv';
			readonly filters: number;
			/** Height and width of the kernel. */
			readonly kernel: readonly [number, number];
			readonly stride: number;
			/** Zeros added on each of the four sides, as in the paper's code; never 'same'. */
			readonly padding: number;
			readonly bias: boolean;
			/** Parts of the channels that see each other alone; 1 when absent. */
			readonly groups?: number;
	  }
	| {
			readonly type: 'maxPool';
			readonly kernel: number;
			readonly stride: number;
			readonly padding: number;
			/** A window that starts within the input counts although it ends beyond it. */
			readonly ceil: boolean;
	  }
	| { readonly type: 'averagePool'; readonly kernel: number; readonly stride: number }
	/** Local response normalisation over `size` neighbouring channels (Krizhevsky et al. 2012, §3.3). */
	| {
			readonly type: 'lrn';
			readonly size: number;
			readonly alpha: number;
			readonly beta: number;
			readonly k: number;
	  }
	/** Sets values to 0 with probability `rate`, in training alone. */
	| { readonly type: 'dropout'; readonly rate: number }
	/** Joins the channels of its inputs. */
	| { readonly type: 'concat' }
	| { readonly type: 'flatten' }
	| { readonly type: 'batchNorm' }
	| { readonly type: 'activation'; readonly activation: Activation }
	/** Option A's shortcut where the shape changes: every `stride`-th pixel, new channels filled with 0. */
	| { readonly type: 'subsample'; readonly stride: number; readonly channels: number }
	/** `inputs` are `[residual branch, shortcut]`; the shortcut is multiplied by its gate first. */
	| { readonly type: 'add' }
	| { readonly type: 'globalAveragePool' }
	| { readonly type: 'dense'; readonly units: number; readonly bias: boolean };

/** One operation with its place in the graph and in the hierarchy of stages and blocks. */
export type NetworkNode = Operation & {
	/** Unique, a path: `stem`, `stem/norm`, `block0/conv1`, `block0/add`, `dense`. */
	readonly id: string;
	/** Ids of the nodes whose outputs this one reads, all of them earlier in the list. */
	readonly inputs: readonly string[];
	/** `stem`, `stage1`, `stage2`, …, `head`. */
	readonly stage: string;
	/** `block0`, `block1`, … in the order of the network, or `inception3a`; absent outside blocks. */
	readonly block?: string;
	/** Part of a head that helps training alone: drawn, and not counted. */
	readonly auxiliary?: true;
};

export interface Network {
	readonly version: 1;
	/** The name used in links and on the command line, such as `cifar-resnet-56`. */
	readonly name: string;
	/** Weighted layers on the longest path, as the paper counts (projections not counted). */
	readonly depth: number;
	readonly input: ImageShape;
	readonly classes: number;
	readonly initialisation: Initialisation;
	/** In an order in which every node comes after its inputs; the first is the input, the last the logits. */
	readonly nodes: readonly NetworkNode[];
}
