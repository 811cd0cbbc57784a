/** All that the dispatches of a lane bind, and the sizes that their shaders are written for. */
import { entry } from '$lib/base/entry';
import { dropoutIndex, dropoutsOf } from '../device/dropout';
import * as sizes from '../device/sizes';
import type { LaneSetup } from '../engine';
import { startingState } from '../initialise';
import { placeMetrics } from '../metrics';
import type { Combine, Convolution, Head, Multiply, Plan, Target } from '../plan/plan';
import { vectorBytes, type CombineSizes } from './combine';
import { kernelGradSlices, type ConvSizes, type KernelGradSizes } from './conv';
import type { MultiplySizes } from './elementwise';
import { shadersOf } from './generalConv';
import { rowSize, type HeadSizes } from './head';
import type { Buffers } from './memory';
import type { MapPool } from './pool';
import { Parameters } from './parameters';
import { REGION, type Region } from './programs';
import type { Readbacks } from './readback';
import { grid, STEP_WORDS, type Grid } from './shader';
import { slicesOf, type SumSizes } from './sums';
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
		/** A region for each of the plan's dropouts; see `DROPOUT`. */
		draws: memory.allocate(dropoutsOf(plan).length * REGION * 4),
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
	const { buffers, forward, head, auxiliary } = lane.plan;
	const { images, labels, scratch } = pool;
	const ofHead = ({ z, classes }: Head) => {
		const features = () => pool.allocate(images * lane.grids[z].groups * 16);
		return {
			/** `[N][groups]`. */
			features: features(),
			dFeatures: features(),
			/** What the shaders of `head.ts` write for each image. */
			rows: pool.allocate(images * rowSize(classes) * 4)
		};
	};
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
		/** A buffer that lives as long as the layout. @throws MemoryError */
		allocate: (bytes: number) => pool.allocate(bytes),
		/** The buffers of each head, by its node. */
		heads: new Map([head, ...auxiliary].map((one) => [one.node, ofHead(one)]))
	};
}

/** @param block null for an addition without gate */
export const gateOf = ({ gates, plan }: Lasting, block: number | null): Region => ({
	buffer: gates,
	first: (block ?? plan.network.blocks.length) * REGION,
	count: 1
});

/** The buffers of a head. */
export const headOf = ({ heads }: Resources, { node }: Head) => entry(heads, node);

/** @param node id of a dropout @returns the region of its draw, null for no dropout */
export function drawOf({ draws, plan }: Lasting, node: string | null): Region | null {
	const index = dropoutIndex(plan, node);
	return index === null ? null : { buffer: draws, first: index * REGION, count: 2 };
}

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

export const headSizes = ({ grids, parameters }: Lasting, head: Head): HeadSizes =>
	sizes.headSizes(head, grids, parameters.places);

export const multiplySizes = ({ grids }: Lasting, { a, b, ...op }: Multiply): MultiplySizes => ({
	...op,
	a: grids[a],
	b: grids[b]
});

/** The maps that are joined, each with the channel at which it starts. */
export function joined(maps: readonly number[], grids: readonly Grid[]) {
	let end = 0;
	return maps.map((map) => {
		const offset = end;
		end += grids[map].channels;
		return { map, offset };
	});
}

/** Of sums over a map. */
export const sumSizes = ({ grids, images, tuning }: Sized, map: number): SumSizes => ({
	map: grids[map],
	slices: slicesOf(grids[map], images, tuning),
	threads: tuning.norms
});
