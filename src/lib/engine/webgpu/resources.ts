/** All that the dispatches of a lane bind, and the sizes that their shaders are written for. */
import * as sizes from '../device/sizes';
import type { LaneSetup } from '../engine';
import { startingState } from '../initialise';
import { placeMetrics } from '../metrics';
import type { Combine, Convolution, Plan, Target } from '../plan/plan';
import { slicesOf, vectorBytes, type CombineSizes } from './combine';
import { kernelGradSlices, type ConvSizes, type KernelGradSizes } from './conv';
import { shadersOf } from './generalConv';
import { rowSize, type HeadSizes } from './head';
import type { Buffers } from './memory';
import type { MapPool } from './pool';
import { Parameters } from './parameters';
import { REGION, type Region } from './programs';
import type { Readbacks } from './readback';
import { grid, STEP_WORDS } from './shader';
import type { Tuning } from './tuning';

/** What all lanes of an engine work with. */
export interface Device {
	readonly memory: Buffers;
	readonly readbacks: Readbacks;
	readonly tuning: Tuning;
}

export type Lasting = ReturnType<typeof lasting>;
export type Resources = ReturnType<typeof laidOut>;

/** What does not depend on the batch. @throws RangeError when given weights do not fit the network */
export function lasting(setup: LaneSetup, plan: Plan, device: Device) {
	const { memory, readbacks } = device;
	const { network, forward, norms } = plan;
	const start = startingState(setup, network.parameters, norms);
	const parameters = new Parameters(plan, start, memory, readbacks);
	const grids = plan.buffers.map(grid);
	const vectors: GPUBuffer[] = [];
	for (const op of forward)
		if (op.kind === 'combine') vectors[op.z] = memory.allocate(vectorBytes(grids[op.z], 1));
	const gates = new Float32Array((network.blocks.length + 1) * REGION);
	gates[network.blocks.length * REGION] = 1;
	for (const { index } of network.blocks) gates[index * REGION] = setup.gates?.[index] ?? 1;
	// What each block and each layer with a ReLU tells has a region of its own: one shader serves all of a shape.
	const metricPlaces = placeMetrics(plan, REGION, 1, REGION);
	return {
		...device,
		plan,
		/** See `LaneSetup.probes`. */
		probes: setup.probes ?? true,
		/** Of the plan's maps. */
		grids,
		parameters,
		/** Per-channel vectors of each `Combine`, by its map z: a set. */
		vectors,
		/** Uniform of all shaders. */
		step: memory.allocate(STEP_WORDS * 4, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST),
		/** A region for each block, and a last one that holds 1. */
		gates: memory.upload(gates),
		metrics: memory.allocate(metricPlaces.count * 4),
		metricPlaces,
		/** Of all parameters, and of the layers' kernels. */
		segments: memory.upload(parameters.segments([...network.parameters.keys()])),
		layerSegments: memory.upload(parameters.segments(network.layers.map(({ kernel }) => kernel)))
	};
}

/** What does, too: for batches of at most as many images as the pool has room for. @throws MemoryError */
export function laidOut(lane: Lasting, pool: MapPool) {
	const { buffers, forward, head } = lane.plan;
	const { images, labels, scratch } = pool;
	const features = () => pool.allocate(images * lane.grids[head.z].groups * 16);
	const vectors = [...lane.vectors];
	for (const op of forward)
		if (op.kind === 'combine' && op.norm?.over === 'image')
			vectors[op.z] = pool.allocate(vectorBytes(lane.grids[op.z], images));
	return {
		...lane,
		vectors,
		images,
		labels,
		/** Of the plan; the first holds the images. */
		maps: pool.maps(buffers),
		/** Partial sums, used up at once. */
		scratch,
		/** `[N][groups]`, and what the shaders of `head.ts` write for each image. */
		features: features(),
		dFeatures: features(),
		rows: pool.allocate(images * rowSize(head.classes) * 4)
	};
}

/** @param block null for an addition without gate */
export const gateOf = ({ gates, plan }: Lasting, block: number | null): Region => ({
	buffer: gates,
	first: (block ?? plan.network.blocks.length) * REGION,
	count: 1
});

type Sized = Lasting & Pick<Resources, 'images'>;

/** @param gradient the map that takes the gradient by the input, where the sizes are of that one */
export function convSizes(
	{ grids, tuning, images }: Sized,
	conv: Convolution,
	gradient?: { readonly dy: number; readonly dx: Target }
): ConvSizes {
	const sizes = gradient
		? { conv, from: grids[gradient.dy], to: grids[gradient.dx.buffer], backward: true }
		: { conv, from: grids[conv.x], to: grids[conv.y], backward: false };
	const accumulate = gradient?.dx.accumulate ?? false;
	return { ...sizes, accumulate, tile: shadersOf(conv).tile(sizes, images, tuning) };
}

export function kernelGradSizes(
	{ grids, tuning, images }: Sized,
	op: Convolution
): KernelGradSizes {
	const sizes = { x: grids[op.x], y: grids[op.y], conv: op };
	const tiles = shadersOf(op).kernelGradTiles(sizes);
	const slices = kernelGradSlices(sizes, tiles, images, tuning);
	return { ...sizes, slices, joiners: tuning.kernelGradJoiners };
}

export const combineSizes = (lane: Sized, op: Combine): CombineSizes => ({
	...sizes.combineSizes(
		op,
		lane.grids,
		lane.images,
		(z) => slicesOf(z, lane.images, lane.tuning),
		lane.probes
	),
	joiners: lane.tuning.joiners
});

export const headSizes = ({ plan, grids, parameters }: Lasting): HeadSizes =>
	sizes.headSizes(plan.head, grids, parameters.places);
