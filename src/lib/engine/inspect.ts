/**
 * Reads what passes through single nodes of a network, forward and backward. Our kernels fuse normalisation, addition and
 * activation and never store intermediate results, so this uses passes of the reference, which walks the description.
 */
import type { Batch } from '$lib/base/image';
import type { LaneSetup } from './engine';
import type { Backend } from './tfjs/backend';
import { TfjsEngine } from './tfjs/engine';

/**
 * Outputs of the given nodes for a batch, `[N, ...outputShape]` each, normalised by the running averages as in
 * evaluation. They agree with the lane's own engine up to rounding.
 * @param setup the network with the lane's present state and gates
 * @throws RangeError naming a node that the network does not have
 */
export async function nodeOutputs(
	backend: Backend,
	setup: LaneSetup,
	batch: Batch,
	nodes: readonly string[]
): Promise<Map<string, Float32Array>> {
	return onReference(backend, setup, (engine) => engine.outputs(0, batch, nodes));
}

/** Asks a reference engine with one lane, which is then disposed of. */
async function onReference<T>(
	backend: Backend,
	setup: LaneSetup,
	ask: (engine: TfjsEngine) => Promise<T>
): Promise<T> {
	const engine = new TfjsEngine(backend, [setup]);
	try {
		return await ask(engine);
	} finally {
		engine.dispose();
	}
}

/** One of the two ways through a block: its branch F, or its shortcut. */
export type Way = 'branch' | 'shortcut';

/**
 * By which way the gradient travels through a block, by index of a block with a shortcut; by both where absent. The
 * gradients of all choices add up to the whole (Veit, Wilber and Belongie 2016).
 */
export type Ways = ReadonlyMap<number, Way>;

/** How the forward pass is computed. */
export interface ForwardMode {
	/** Whether normalisations use the batch's own statistics and dropout is on, as in a training step. */
	readonly training: boolean;
	/** Number of the training step, counted from 1, which draws dropout masks; 1 when absent. */
	readonly step?: number;
}

/** What to compute backwards, and what to read on the way. */
export interface BackwardRequest {
	/** What is differentiated: the loss that training minimises, or the sum of one class score of each image. */
	readonly objective: 'loss' | { readonly scores: readonly number[] };
	/** Nodes whose outputs to read. */
	readonly outputs: readonly string[];
	/** Nodes by whose outputs to differentiate; the input is one of them. */
	readonly gradients: readonly string[];
	/** Names of parameters by which to differentiate. */
	readonly parameters?: readonly string[];
	/** By both ways through every block when absent. */
	readonly ways?: Ways;
	/** Index of the only image whose outputs and gradients to read; those of all images when absent. */
	readonly image?: number;
}

export interface GradientRequest extends ForwardMode, BackwardRequest {}

/** The gradient by a node's output, `[N, ...outputShape]`, or `outputShape` of one image. */
export interface NodeGradient {
	/** The sum of what its readers send back; null if no gradient reaches it. */
	readonly total: Float32Array | null;
	/** What each of its readers sends back, by the reader's id; empty for the class scores. */
	readonly by: ReadonlyMap<string, Float32Array>;
}

export interface NodeGradients {
	/** Mean cross-entropy over the batch, in nats. */
	readonly loss: number;
	/** Share of the batch classified wrongly, 0…1. */
	readonly error: number;
	/** `[N, ...outputShape]` of each node asked for, or `outputShape` of one image. */
	readonly outputs: ReadonlyMap<string, Float32Array>;
	readonly gradients: ReadonlyMap<string, NodeGradient>;
	/** In the layout of the lane's parameters. */
	readonly parameters: ReadonlyMap<string, Float32Array>;
	/** L2 norms over the whole batch, where one image was asked for; empty otherwise. A gradient that reaches no node is 0. */
	readonly norms: ReadonlyMap<string, NodeNorms>;
}

export interface NodeNorms {
	readonly output: number;
	readonly gradient: number;
}

/**
 * One forward and one backward pass, which leave the network as it is. The numbers agree with those of the lane's own
 * engine up to rounding.
 * @param setup the network with the lane's present state and gates
 * @throws RangeError naming a node that the network does not have
 */
export async function nodeGradients(
	backend: Backend,
	setup: LaneSetup,
	batch: Batch,
	request: GradientRequest
): Promise<NodeGradients> {
	for await (const found of gradientPasses(backend, setup, batch, request, [request])) return found;
	throw new RangeError('no pass was asked for');
}

/**
 * One forward pass, and a backward pass for each request when its turn comes, as `nodeGradients` makes them.
 * @throws RangeError naming a node that the network does not have
 */
export async function* gradientPasses(
	backend: Backend,
	setup: LaneSetup,
	batch: Batch,
	mode: ForwardMode,
	requests: Iterable<BackwardRequest>
): AsyncGenerator<NodeGradients> {
	const engine = new TfjsEngine(backend, [setup]);
	try {
		yield* engine.gradients(0, batch, mode, requests);
	} finally {
		engine.dispose();
	}
}

/**
 * Mean cross-entropy of a batch in nats, by a forward pass that leaves the network as it is.
 * @param setup the network with the lane's present state and gates
 */
export async function batchLoss(
	backend: Backend,
	setup: LaneSetup,
	batch: Batch,
	mode: ForwardMode
): Promise<number> {
	return onReference(backend, setup, (engine) => engine.loss(0, batch, mode));
}
