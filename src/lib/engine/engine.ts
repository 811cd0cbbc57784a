/**
 * The engine as the lab sees it: several networks ("lanes") trained in lockstep on one device.
 * Types only; `wasm/`, `webgpu/` and `webgl/` implement them on kernels of our own, `tfjs/` on tfjs's.
 */
import type { Batch } from '$lib/base/image';
import type { Network, OpType } from '$lib/network';
import { OPTIMISERS, type Optimiser } from './math/optimisers';

export const BACKENDS = ['webgpu', 'webgl', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Why a backend was not taken. `detail` is technical and in English. */
export type BackendReason =
	/** The browser lacks the interface, or offers it on https and localhost only. */
	| { readonly code: 'not-supported' | 'insecure-context' | 'no-adapter' }
	/** It has only 16-bit floats, which are too coarse for the numbers shown. */
	| { readonly code: 'half-precision' }
	/** The trial step threw, or computed numbers that are wrong or not finite. */
	| { readonly code: 'failed' | 'not-finite'; readonly detail: string }
	/** Its trial did not end within `seconds`. */
	| { readonly code: 'silent'; readonly seconds: number }
	/** By its name it is a software adapter; wasm is faster there, so it was not timed. */
	| { readonly code: 'software' }
	/** It works, but its trial step took longer than that of the chosen backend. */
	| { readonly code: 'slower'; readonly than: BackendName }
	/** It works, but the user chose another one. */
	| { readonly code: 'not-chosen' };

/**
 * Kernels of the wasm backend: with SIMD, or with relaxed SIMD too, whose fused multiply-adds round once instead of twice.
 * Their results differ in the last digits.
 */
export type KernelVariant = 'simd' | 'relaxed-simd';

/** The result of one backend's trial. */
export interface BackendTrial {
	readonly name: BackendName;
	/** Shortest time of the trial step after the first, in milliseconds; null if it was not timed. */
	readonly milliseconds: number | null;
	/** The driver's description of the device; null if it gives none. */
	readonly device: string | null;
	/** Of wasm, the kernels that this browser runs; absent if it was not tried, on other backends, and in earlier records. */
	readonly kernels?: KernelVariant;
	/** Why it was not taken; null for the chosen backend. */
	readonly reason: BackendReason | null;
}

export interface BackendChoice {
	readonly name: BackendName;
	/** All trials, including that of the chosen backend, in the order of `BACKENDS`. */
	readonly trials: readonly BackendTrial[];
}

export { OPTIMISERS, type Optimiser };
export { BINS, binsAt, HISTOGRAMS, ZERO_BIN, type HistogramName } from './histogram';

/** The settings of the optimiser for one step; see `math/optimisers.ts`. */
export interface Recipe {
	readonly learningRate: number;
	/** Momentum μ; its meaning depends on the optimiser. */
	readonly momentum: number;
	/** Applied to every parameter, as PyTorch does. */
	readonly weightDecay: number;
	/** SGD when absent. */
	readonly optimiser?: Optimiser;
	/** Largest L2 norm of the gradient over all parameters; a larger gradient is scaled down to it. No clipping when absent. */
	readonly clip?: number;
	/** Number of the step, counted from 1, for bias correction and dropout masks; 1 when absent. */
	readonly step?: number;
}

/** Everything in a lane that training changes. A lane that loads it continues bit-identically on the same backend. */
export interface LaneState {
	/** Parameter values by name. */
	readonly parameters: ReadonlyMap<string, Float32Array>;
	/** The optimiser's `v` (momentum; of Adam the mean of the gradients), by parameter name. */
	readonly velocities: ReadonlyMap<string, Float32Array>;
	/** The optimiser's `s`, the mean of squared gradients, by parameter name; absent before the first step of an optimiser that keeps it. */
	readonly squares?: ReadonlyMap<string, Float32Array>;
	/** Running averages: `NODE/mean` and `NODE/variance` of each batch normalisation. */
	readonly averages: ReadonlyMap<string, Float32Array>;
}

/** One network to train. */
export interface LaneSetup {
	readonly network: Network;
	/** Seed of the initial parameters; parameters of the same name get the same draws in every network. */
	readonly seed: number;
	/** One gate per block, 0…1; 1 when absent. Plain networks ignore it. */
	readonly gates?: readonly number[];
	/** Initial values by parameter name, instead of random draws. */
	readonly weights?: ReadonlyMap<string, Float32Array>;
	/** State to continue from, instead of `weights` or random draws. */
	readonly state?: LaneState;
	/**
	 * False omits norms and standard deviations, to measure their cost: a step on wasm or webgpu then reports zeros,
	 * and no norm halts it. Other backends compute them anyway.
	 */
	readonly probes?: boolean;
}

/**
 * The metrics of one training step of one lane, all measured before the step's update. If a norm is not finite, neither
 * this step nor a later one makes an update: the lane keeps its state.
 */
export interface LaneMetrics {
	/** Mean softmax cross-entropy over the batch, in nats. */
	readonly loss: number;
	/** Share of the batch classified wrongly, 0…1. */
	readonly trainingError: number;
	/** L2 norm of the loss's gradient with respect to each parameter, before clipping; in the order of `analyse(network).parameters`. */
	readonly gradientNorms: Float32Array;
	/** L2 norm of each layer's kernel, in the order of `analyse(network).layers`. */
	readonly weightNorms: Float32Array;
	/** L2 norm of this step's update of each layer's kernel; 0 if it makes no update. */
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

/** What a step of one lane reports. */
export interface LaneStep extends LaneMetrics {
	/** Counts `[HISTOGRAMS][layers][BINS]` (`histogram.ts`), if they were asked for and the device can count them. */
	readonly histograms?: Uint32Array;
}

/** Where in a step a value that is not finite appears first. */
export interface NotFinite {
	/** Id of the node in the network's description. */
	readonly node: string;
	/** Whether the value is in the node's output or in the gradient that passes through it. */
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
 * Networks in training on one device. A lane is identified by its index in the setups. A step may be requested before
 * the previous ones have been reported; steps are computed in order. Every other call takes effect between two steps.
 */
export interface Engine {
	readonly backend: BackendName;
	/**
	 * The first node for which our kernels lack an operation, and its type (null if the backend as a whole is the reason):
	 * it made tfjs's kernels take over. Null on our own kernels.
	 */
	readonly reference: { readonly node: string; readonly type: OpType | null } | null;
	/**
	 * Allocates memory for batches of up to `images` images; otherwise the first call with such a batch does.
	 * @throws MemoryError if the networks do not fit; then nothing is allocated
	 */
	prepare(images: number): Promise<void>;
	/**
	 * Bytes that training takes on batches of `images` images, known before they are allocated; on tfjs's kernels an
	 * estimate from above.
	 */
	bytesFor(images: number): number;
	/**
	 * Makes one step of every `active` lane (default: all) on the same batch; returns null for the others.
	 * @param histograms whether to count histograms as well, which takes part of a step's time
	 */
	step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[],
		histograms?: boolean
	): Promise<(LaneStep | null)[]>;
	/** Logits `[N, classes]` of one lane, normalised by the batch if `training`, else by the running averages. */
	logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array>;
	/** Test loss and error over all batches together, with the running averages. */
	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation>;
	/** Sets the gate of one shortcut, effective from the next step: 0 cuts it, 1 restores it. */
	setGate(lane: number, block: number, gate: number): void;
	/** A copy of a lane's present state. */
	state(lane: number): Promise<LaneState>;
	/**
	 * Replaces a lane's state; a halted lane goes on.
	 * @throws RangeError naming a parameter whose values are missing or have the wrong length
	 */
	load(lane: number, state: LaneState): Promise<void>;
	/** Number of tensors and bytes allocated on the backend, to detect leaks. */
	memory(): { tensors: number; bytes: number };
	dispose(): void;
}
