/**
 * The engine as the lab sees it: several networks ("lanes") trained in lockstep on one device.
 * Types only; `wasm/`, `webgpu/` and `webgl/` implement them on kernels of our own, `tfjs/` on tfjs's.
 */
import type { Batch } from '$lib/base/image';
import type { Network } from '$lib/network';
import { OPTIMISERS, type Optimiser } from './math/optimisers';

export const BACKENDS = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Why a backend was not taken. `detail` is a technical text for the curious, in English. */
export type BackendReason =
	/** The browser has no such interface, or hides it outside https and localhost. */
	| { readonly code: 'not-supported' | 'insecure-context' | 'no-adapter' }
	/** Only 16-bit floats: too coarse for the numbers shown. */
	| { readonly code: 'half-precision' }
	/** The trial step threw, or gave numbers that are not finite or wrong. */
	| { readonly code: 'failed' | 'not-finite'; readonly detail: string }
	/** Its trial did not end in so many seconds. */
	| { readonly code: 'silent'; readonly seconds: number }
	/** It is the processor in disguise, by its name: wasm serves better there, and it is not timed. */
	| { readonly code: 'software' }
	/** It works, but its trial step took longer than the one of the backend taken. */
	| { readonly code: 'slower'; readonly than: BackendName }
	/** It works and was not the one that the user chose. */
	| { readonly code: 'not-chosen' };

/** The outcome of trying one backend for real. */
export interface BackendTrial {
	readonly name: BackendName;
	/** Median milliseconds of the trial step; null when it did not get that far. */
	readonly milliseconds: number | null;
	/** What the driver says it runs on, such as an adapter's description; null when it says nothing. */
	readonly device: string | null;
	/** Null for the backend taken. */
	readonly reason: BackendReason | null;
}

export interface BackendChoice {
	readonly name: BackendName;
	/** In the order of `BACKENDS`, the one taken among them. */
	readonly trials: readonly BackendTrial[];
}

export { OPTIMISERS, type Optimiser };

/** What one step does with the gradients; see `math/optimisers.ts`. */
export interface Recipe {
	readonly learningRate: number;
	/** μ; what it means is the optimiser's. */
	readonly momentum: number;
	/** Applied to every parameter, as PyTorch does. */
	readonly weightDecay: number;
	/** SGD when absent. */
	readonly optimiser?: Optimiser;
	/** Gradients are scaled down together to this L2 norm over all parameters where theirs is larger; none when absent. */
	readonly clip?: number;
	/** Number of the step, from 1, for an optimiser's bias correction and for the masks of dropout; 1 when absent. */
	readonly step?: number;
}

/** All that training changes in a lane. Put back, it goes on as it would have, bit for bit on the same backend. */
export interface LaneState {
	/** By parameter name. */
	readonly parameters: ReadonlyMap<string, Float32Array>;
	/** The optimiser's `v` (momentum; of Adam the mean of the gradients), by parameter name. */
	readonly velocities: ReadonlyMap<string, Float32Array>;
	/** Its `s`, the mean of the squared gradients, by parameter name; absent before the first step of one that keeps it. */
	readonly squares?: ReadonlyMap<string, Float32Array>;
	/** Running averages: `NODE/mean` and `NODE/variance` of each batch normalisation. */
	readonly averages: ReadonlyMap<string, Float32Array>;
}

/** One network to train. */
export interface LaneSetup {
	readonly network: Network;
	/** Initial parameters are drawn from it; equal parameter names get equal draws in every network. */
	readonly seed: number;
	/** One number in 0…1 per block; 1 where absent. Ignored in plain networks. */
	readonly gates?: readonly number[];
	/** Exact initial values by parameter name, instead of drawing them. */
	readonly weights?: ReadonlyMap<string, Float32Array>;
	/** Goes on from here, instead of from `weights` or drawn values. */
	readonly state?: LaneState;
	/**
	 * False leaves norms and standard deviations out, to measure what they cost: a step on wasm or webgpu tells zeros
	 * in their place, and no norm halts it. Other backends make them none the less.
	 */
	readonly probes?: boolean;
}

/**
 * What one training step tells of one lane; all of it before the update of that step. A step with a norm that is
 * not finite makes no update, nor does any after it: the lane stays as it was when it failed.
 */
export interface LaneMetrics {
	/** Mean softmax cross-entropy over the batch, in nats. */
	readonly loss: number;
	/** Share of the batch classified wrongly, 0…1. */
	readonly trainingError: number;
	/** L2 norm of the loss's gradient by each parameter, in the order of `analyse(network).parameters`; before clipping. */
	readonly gradientNorms: Float32Array;
	/** L2 norm of each layer's kernel, in the order of `analyse(network).layers`. */
	readonly weightNorms: Float32Array;
	/** L2 norm of what this step adds to each layer's kernel; 0 where it makes no update. */
	readonly updateNorms: Float32Array;
	/**
	 * Share of the channels behind each layer's ReLU that are 0 at every pixel of every image of the batch, 0…1; NaN for a
	 * layer without ReLU.
	 */
	readonly deadShares: Float32Array;
	/** L2 norm of the loss's gradient by each block's output, over the whole batch. */
	readonly blockOutputGradientNorms: Float32Array;
	/** Standard deviation (biased) of each block's output over batch, pixels and channels. */
	readonly blockOutputStd: Float32Array;
}

/** Where in a step a value that is not finite appears first. */
export interface NotFinite {
	/** The node, as in the description. */
	readonly node: string;
	/** In its output, or in the gradient that passes it. */
	readonly pass: 'forward' | 'backward';
}

export interface Evaluation {
	/** Mean cross-entropy, in nats. */
	readonly loss: number;
	/** Share classified wrongly, 0…1. */
	readonly error: number;
	readonly images: number;
}

/**
 * Networks on one device. A lane is named by its index in the setups. Steps may be asked for before the ones
 * before them have been told: they are computed in order. Every other call takes effect between two steps.
 */
export interface Engine {
	readonly backend: BackendName;
	/**
	 * Makes room for batches of so many images, which a first call with such a batch would do.
	 * @throws MemoryError when the networks do not fit; nothing is allocated then
	 */
	prepare(images: number): Promise<void>;
	/** One step of every lane that is `active` (default: all) on the same batch; null for the others. */
	step(batch: Batch, recipe: Recipe, active?: readonly boolean[]): Promise<(LaneMetrics | null)[]>;
	/** Logits `[N, classes]` of one lane; `training` normalises by the batch, else by the running averages. */
	logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array>;
	/** Test loss and error with the running averages; the batches are taken together. */
	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation>;
	/** Sets one shortcut's gate from the next step on: 0 cuts it, 1 restores it. */
	setGate(lane: number, block: number, gate: number): void;
	/** A copy of what training has made of a lane so far. */
	state(lane: number): Promise<LaneState>;
	/**
	 * Puts a state in the place of a lane's own: it goes on as the lane did that the state is of, also where it had been
	 * halted. @throws RangeError naming a parameter whose values are missing or too few or too many
	 */
	load(lane: number, state: LaneState): Promise<void>;
	/** Tensors and bytes alive on the backend, to see that nothing is gained. */
	memory(): { tensors: number; bytes: number };
	dispose(): void;
}
