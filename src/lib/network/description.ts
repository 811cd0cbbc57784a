/**
 * The description of a network: a plain, serialisable value that the explorer draws, the engine trains and the
 * exporters write. It lists operations in order; `analyse.ts` derives shapes and counts.
 */
import type { ImageShape } from '$lib/base/image';
import type { Operation, OpType } from './ops';

/**
 * The distribution of initial weights (biases start at 0 unless their operation says otherwise, gamma at 1, beta at 0):
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

/** A stage or a block. Its id is kind and label together: `stem`, `stage2`, `block7`, `inception3a`. */
export interface Group {
	readonly kind: 'stem' | 'stage' | 'head' | 'block' | 'inception' | 'auxiliary';
	/** Number or letter among groups of its kind; empty for stem and head. */
	readonly label: string;
}

/** A node's place in the hierarchy of stages and blocks, and its role there. */
export interface NodePlace {
	/** Id of its stage: `stem`, `stage1`, `stage2`, …, `head`. */
	readonly stage: string;
	/** Id of its block: `block0`, `block1`, … in the order of the network, or `inception3a`; absent outside blocks. */
	readonly block?: string;
	/**
	 * Role in a block y = σ(F(x) + x): part of the residual branch F (in a plain block, of its whole stack), part of
	 * the shortcut's own path, what computes the factors of a multiplication from the block's maps (squeeze-and-excitation,
	 * a highway's transform gate), or their sum. Absent after the sum and outside blocks.
	 */
	readonly role?: 'branch' | 'shortcut' | 'factor' | 'sum';
	/** Set for nodes of an auxiliary head, which only helps training: drawn, not counted, trained if the network gives it a loss. */
	readonly auxiliary?: true;
}

/** One operation with its place in the graph and in the hierarchy of stages and blocks. */
export type NetworkNode<T extends OpType = OpType> = {
	[K in T]: Operation<K> &
		NodePlace & {
			/** Unique id, written as a path: `stem`, `stem/norm`, `block0/conv1`, `block0/add`, `dense`. */
			readonly id: string;
			/** Ids of the nodes whose outputs this node reads; all are earlier in the list. */
			readonly inputs: readonly string[];
		};
}[T];

export interface Network {
	readonly version: 1;
	/** The name used in links and on the command line, such as `cifar-resnet-56`. */
	readonly name: string;
	/** Weighted layers on the longest path, as the paper counts (projections not counted). */
	readonly depth: number;
	readonly input: ImageShape;
	readonly classes: number;
	readonly initialisation: Initialisation;
	/**
	 * The auxiliary heads that are trained, by the id of their class scores: the weight of each head's cross-entropy in the
	 * loss that training minimises (0.3 in GoogLeNet). The reported loss is that of the last node alone.
	 */
	readonly auxiliaryLosses?: Readonly<Record<string, number>>;
	/** The stages and blocks that nodes name, by id. */
	readonly groups: Readonly<Record<string, Group>>;
	/** Nodes in topological order; the first is the input, the last the logits. */
	readonly nodes: readonly NetworkNode[];
}
