/** Everything that the dispatches of a lane read and write. Pointers are addresses in the module's memory. */
import type { LaneMetrics, LaneSetup } from '../engine';
import { startingState } from '../initialise';
import type { UpdateConstants } from '../optimiser';
import { padded, type Convolution, type Plan } from '../plan/plan';
import { phases, taps, type Phase, type Tap } from '../plan/taps';
import type { WasmModule } from './module';
import { Parameters } from './parameters';
import { geometry, type Geometry, type MapPool, type Place } from './places';

/** The resources that do not depend on the batch. */
export interface Lasting {
	readonly plan: Plan;
	readonly module: WasmModule;
	/** See `LaneSetup.probes`. */
	readonly probes: boolean;
	/** The gate of each block. */
	readonly gates: number[];
	readonly parameters: Parameters;
	/** Vectors of each `Combine`, by its map z. */
	readonly vectors: readonly Vectors[];
	/** Packed kernels of each convolution, by the index of the kernel's parameter. */
	readonly packed: readonly Packed[];
	/** Scratch memory for two 64-bit sums per channel of a map. */
	readonly sums: number;
}

/** All resources, including those that depend on the batch. */
export interface Resources extends Lasting {
	/** Places of the plan's maps; the first holds the images. */
	readonly places: readonly Place[];
	readonly labels: number;
	/** Pooled features `[N][C]`, C padded. */
	readonly features: number;
	readonly dFeatures: number;
	/** Logits `[N][classes]`. */
	readonly logits: number;
	readonly dLogits: number;
}

/**
 * Per-channel vectors of a `Combine`: 32-bit floats, channels padded. Centre and variance are one set for all images,
 * or one set after another for each image.
 */
export interface Vectors {
	readonly centre: number;
	readonly variance: number;
	readonly factor: number;
	readonly shift: number;
	readonly offset: number;
	readonly slope: number;
}

/** A list of taps, and memory for the weights in the layout that the kernels read. */
export interface PackedTaps {
	readonly tapCount: number;
	readonly weights: number;
	readonly taps: number;
	readonly order: number;
}

/** A convolution's kernels packed for the forward and the backward pass, and the padded sum of its gradient. */
export interface Packed {
	readonly forward: PackedTaps;
	readonly phases: readonly (Pick<Phase, 'row' | 'column'> & PackedTaps)[];
	readonly gradient: number;
}

/** The settings of a run of dispatches, and its results. */
export interface StepSettings {
	readonly images: number;
	/** Whether to normalise by the batch; else by the running averages. */
	readonly training: boolean;
	/** Dropout mask of the pooled features; null if none are dropped. */
	readonly mask: Float32Array | null;
	/** Sum of the cross-entropies, in nats, and number of wrong answers. */
	loss: number;
	wrong: number;
}

export interface Step extends StepSettings {
	readonly constants: UpdateConstants;
	readonly metrics: Omit<LaneMetrics, 'loss' | 'trainingError'>;
	/** Norm of each parameter's gradient, measured even if probes are off. */
	readonly gradientNorms: Float32Array;
	/** The factor by which clipping multiplies gradients. */
	factor: number;
}

/** Calls one or more kernels in order, with small computations between them. */
export type Dispatch<R = StepSettings> = (run: R) => void;

/** @throws RangeError if given weights do not fit the network */
export function lasting(setup: LaneSetup, plan: Plan, module: WasmModule): Lasting {
	const { network, buffers, forward, norms } = plan;
	const start = startingState(setup, network.parameters, norms);
	const parameters = new Parameters(plan, start, module);
	const vectors: Vectors[] = [];
	const packed: Packed[] = [];
	for (const op of forward)
		if (op.kind === 'conv') packed[op.weights] = packedOf(plan, op, module);
		else if (op.kind === 'combine')
			vectors[op.z] = vectorsOf(padded(buffers[op.y].channels), op.norm !== null, module);
	return {
		plan,
		module,
		probes: setup.probes ?? true,
		gates: network.blocks.map(({ index }) => setup.gates?.[index] ?? 1),
		parameters,
		vectors,
		packed,
		sums: module.allocate(2 * Math.max(...buffers.map(({ channels }) => padded(channels))) * 8)
	};
}

/** Assigns the maps their places, for batches up to the pool's number of images. */
export function laidOut(lane: Lasting, pool: MapPool): Resources {
	const { head, buffers, forward } = lane.plan;
	const places = pool.places(buffers);
	const { channels } = places[head.z];
	const floats = (perImage: number) => lane.module.allocate(pool.images * perImage * 4);
	const vectors = [...lane.vectors];
	for (const op of forward) {
		if (op.kind !== 'combine' || op.norm?.over !== 'image') continue;
		const statistics = () => floats(places[op.y].channels);
		vectors[op.z] = { ...vectors[op.z], centre: statistics(), variance: statistics() };
	}
	return {
		...lane,
		vectors,
		places,
		labels: pool.labels,
		features: floats(channels),
		dFeatures: floats(channels),
		logits: floats(head.classes),
		dLogits: floats(head.classes)
	};
}

function vectorsOf(channels: number, normalised: boolean, module: WasmModule): Vectors {
	const floats = () => module.allocate(channels * 4);
	const vectors = {
		centre: floats(),
		variance: floats(),
		factor: floats(),
		shift: floats(),
		offset: floats(),
		slope: floats()
	};
	if (!normalised) module.floats(vectors.factor, channels).fill(1);
	return vectors;
}

function packedOf(plan: Plan, op: Convolution, module: WasmModule): Packed {
	const x = geometry(plan.buffers[op.x]);
	const y = geometry(plan.buffers[op.y]);
	const integers = (values: number[]) => {
		const pointer = module.allocate(Math.max(1, values.length) * 4);
		module.integers(pointer, values.length).set(values);
		return pointer;
	};
	const weights = (tapCount: number) => module.allocate(tapCount * x.channels * y.channels * 4);
	const pack = (list: readonly Tap[], { row, pixel }: Geometry): PackedTaps => ({
		tapCount: list.length,
		weights: weights(Math.max(1, list.length)),
		taps: integers(list.map(({ dy, dx }) => dy * row + dx * pixel)),
		order: integers(list.map(({ weight }) => weight))
	});
	const list = taps(op);
	return {
		forward: pack(list, x),
		phases: op.inputGradient
			? phases(op).map(({ row, column, taps }) => ({ row, column, ...pack(taps, y) }))
			: [],
		gradient: weights(list.length)
	};
}
