/** All that the dispatches of a lane bind, and the sizes that their shaders are written for. */
import type { LaneSetup } from '../engine';
import { startingState } from '../initialise';
import { channelsTogether, type Combine, type Convolution, type Plan } from '../plan/plan';
import { slicesOf, vectorBytes, type CombineSizes } from './combine';
import { kernelGradSlices, tileOf, type ConvSizes, type KernelGradSizes } from './conv';
import { rowSize, type HeadSizes } from './head';
import type { DeviceMemory } from './memory';
import type { MapPool } from './pool';
import { Parameters } from './parameters';
import { placeMetrics } from './places';
import { REGION, type Region } from './programs';
import type { Readbacks } from './readback';
import { grid, STEP_WORDS, type Grid } from './shader';
import type { Tuning } from './tuning';

/** What does not depend on the batch. */
export interface Lasting {
	readonly plan: Plan;
	/** See `LaneSetup.probes`. */
	readonly probes: boolean;
	readonly tuning: Tuning;
	/** Of the plan's maps. */
	readonly grids: readonly Grid[];
	readonly parameters: Parameters;
	/** Per-channel vectors of each `Combine`, by its map y: a set. */
	readonly vectors: readonly GPUBuffer[];
	/** Uniform of all shaders. */
	readonly step: GPUBuffer;
	/** A region for each block. */
	readonly gates: GPUBuffer;
	readonly metrics: GPUBuffer;
	readonly metricPlaces: ReturnType<typeof placeMetrics>;
	/** Of all parameters, and of the layers' kernels. */
	readonly segments: GPUBuffer;
	readonly layerSegments: GPUBuffer;
}

/** What does, too: for batches of at most `images` images. */
export interface Resources extends Lasting {
	readonly images: number;
	readonly labels: GPUBuffer;
	/** Of the plan; the first holds the images. */
	readonly maps: readonly GPUBuffer[];
	/** Partial sums, used up at once. */
	readonly scratch: GPUBuffer;
	/** `[N][groups]`, and what the shaders of `head.ts` write for each image. */
	readonly features: GPUBuffer;
	readonly dFeatures: GPUBuffer;
	readonly rows: GPUBuffer;
}

/** @throws RangeError when given weights do not fit the network */
export function lasting(
	setup: LaneSetup,
	plan: Plan,
	device: GPUDevice,
	memory: DeviceMemory,
	readbacks: Readbacks,
	tuning: Tuning
): Lasting {
	const { network, buffers, forward, norms } = plan;
	const start = startingState(setup, network.parameters, norms);
	const parameters = new Parameters(plan, start, device, memory, readbacks);
	const grids = buffers.map(grid);
	const vectors: GPUBuffer[] = [];
	for (const op of forward)
		if (op.kind === 'combine') vectors[op.y] = memory.allocate(vectorBytes(grids[op.z], 1));
	const gates = new Float32Array(Math.max(1, network.blocks.length) * REGION);
	for (const { index } of network.blocks) gates[index * REGION] = setup.gates?.[index] ?? 1;
	const metricPlaces = placeMetrics(plan);
	return {
		plan,
		probes: setup.probes ?? true,
		tuning,
		grids,
		parameters,
		vectors,
		step: memory.allocate(STEP_WORDS * 4, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST),
		gates: memory.upload(gates),
		metrics: memory.allocate(metricPlaces.count * 4),
		metricPlaces,
		segments: memory.upload(parameters.segments([...network.parameters.keys()])),
		layerSegments: memory.upload(parameters.segments(network.layers.map(({ kernel }) => kernel)))
	};
}

/** @throws MemoryError */
export function laidOut(lane: Lasting, pool: MapPool): Resources {
	const { buffers, forward, head } = lane.plan;
	const { images, scratch } = pool;
	const [image, ...others] = buffers;
	const batch = pool.batch(image);
	const features = () => pool.allocate(images * lane.grids[head.z].groups * 16);
	const vectors = [...lane.vectors];
	for (const op of forward)
		if (op.kind === 'combine' && op.norm?.over === 'image')
			vectors[op.y] = pool.allocate(vectorBytes(lane.grids[op.z], images));
	return {
		...lane,
		vectors,
		images,
		labels: batch.labels,
		maps: [batch.images, ...pool.maps(others)],
		scratch,
		features: features(),
		dFeatures: features(),
		rows: pool.allocate(images * rowSize(head.classes) * 4)
	};
}

export const gateOf = ({ gates }: Lasting, block: number): Region => ({
	buffer: gates,
	first: block * REGION,
	count: 1
});

type Sized = Lasting & Pick<Resources, 'images'>;

export function convSizes({ grids, tuning, images }: Sized, op: Convolution): ConvSizes {
	const sizes = { from: grids[op.x], to: grids[op.y], conv: op, backward: false };
	return { ...sizes, accumulate: false, tile: tileOf(sizes, images, tuning) };
}

/** @param dx the map that takes the gradient by the input */
export function inputGradSizes(
	{ grids, tuning, images }: Sized,
	{ conv, dx, accumulate }: { conv: Convolution; dx: number; accumulate: boolean }
): ConvSizes {
	const sizes = { from: grids[conv.y], to: grids[dx], conv, backward: true };
	return { ...sizes, accumulate, tile: tileOf(sizes, images, tuning) };
}

export function kernelGradSizes(
	{ grids, tuning, images }: Sized,
	op: Convolution
): KernelGradSizes {
	const sizes = { x: grids[op.x], y: grids[op.y], conv: op };
	const slices = kernelGradSlices(sizes, images, tuning);
	return { ...sizes, slices, joiners: tuning.kernelGradJoiners };
}

export function combineSizes(lane: Sized, op: Combine): CombineSizes {
	const { grids, tuning, images, probes } = lane;
	const { activation, shortcut, norm, block, layer } = op;
	const z = grids[op.z];
	const ofImages = norm?.over === 'image';
	return {
		z,
		activation,
		norm: norm && norm.over,
		together: channelsTogether(norm, z),
		sets: ofImages ? images : 1,
		shortcut: shortcut && { from: grids[shortcut.from], stride: shortcut.stride },
		slices: ofImages ? images : slicesOf(z, images, tuning.sumThreads),
		joiners: tuning.joiners,
		block: probes && block !== null,
		dead: probes && layer !== null && activation === 'relu'
	};
}

export function headSizes({ plan: { head }, grids, parameters }: Lasting): HeadSizes {
	return {
		z: grids[head.z],
		classes: head.classes,
		kernel: parameters.firstOf(head.weights),
		bias: head.bias === null ? null : parameters.firstOf(head.bias),
		dropout: head.dropout
	};
}
