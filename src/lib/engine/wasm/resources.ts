/** Everything that the dispatches of a lane read and write. Pointers are addresses in the module's memory. */
import type { LaneMetrics, LaneSetup } from '../engine';
import { startingState } from '../initialise';
import type { UpdateConstants } from '../optimiser';
import { padded, type Plan } from '../plan/plan';
import { scratchSizes } from './convolution';
import { headPlaces, type HeadPlaces } from './head';
import type { WasmModule } from './module';
import { Parameters } from './parameters';
import type { MapPool, Place } from './places';

/** The resources that do not depend on the batch. */
export interface Lasting {
	readonly plan: Plan;
	readonly module: WasmModule;
	/** See `LaneSetup.probes`. */
	readonly probes: boolean;
	/** Seed of the dropout masks. */
	readonly seed: number;
	/** The gate of each block. */
	readonly gates: number[];
	readonly parameters: Parameters;
	/** Vectors of each `Combine`, by its map z. */
	readonly vectors: readonly Vectors[];
	/** Memory that the lane's convolutions share; see `scratchSizes`. Each thread has `winogradBytes`. */
	readonly scratch: {
		readonly kernel: number;
		readonly image: number;
		readonly winograd: number;
		readonly winogradBytes: number;
	};
}

/** All resources, including those that depend on the batch. */
export interface Resources extends Lasting {
	/** Places of the plan's maps; the first holds the images. */
	readonly places: readonly Place[];
	readonly labels: number;
	/** Scratch memory for two 64-bit sums per image and channel of a map; see `sumsBytes`. */
	readonly sums: number;
	/** By the node of the head. */
	readonly heads: Readonly<Record<string, HeadPlaces>>;
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

/** The settings of a run of dispatches, and its results. */
export interface StepSettings {
	readonly images: number;
	/** Whether to normalise by the batch; else by the running averages. */
	readonly training: boolean;
	/** Number of the step whose dropout masks are drawn; null if nothing is dropped. */
	readonly dropoutStep: number | null;
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
	const { kernel, image, winograd } = scratchSizes(plan);
	for (const op of forward)
		if (op.kind === 'combine')
			vectors[op.z] = vectorsOf(padded(buffers[op.y].channels), op.norm !== null, module);
	return {
		plan,
		module,
		probes: setup.probes ?? true,
		seed: setup.seed,
		gates: network.blocks.map(({ index }) => setup.gates?.[index] ?? 1),
		parameters,
		vectors,
		scratch: {
			kernel: module.allocate(kernel),
			image: module.allocate(image),
			winograd: module.allocate(winograd * module.threads),
			winogradBytes: winograd
		}
	};
}

/** Bytes of the memory in which a plan's sums over a batch begin as sums over each image. */
const sumsBytes = ({ buffers }: Plan, images: number): number =>
	2 * images * Math.max(...buffers.map(({ channels }) => padded(channels))) * 8;

/** Assigns the maps their places, for batches up to the pool's number of images. */
export function laidOut(lane: Lasting, pool: MapPool): Resources {
	const { head, auxiliary, buffers, forward } = lane.plan;
	const places = pool.places(buffers);
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
		sums: lane.module.allocate(sumsBytes(lane.plan, pool.images)),
		heads: Object.fromEntries(
			[head, ...auxiliary].map((one) => [
				one.node,
				headPlaces(lane.module, one, places[one.z], pool.images)
			])
		)
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
