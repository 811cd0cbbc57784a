/** Everything that the draws of a lane read and write, and the sizes for which their programs are generated. */
import { entry } from '$lib/base/entry';
import * as sizes from '../device/sizes';
import type { LaneSetup } from '../engine';
import { startingState } from '../initialise';
import { placeMetrics } from '../metrics';
import {
	padded,
	type Combine,
	type Convolution,
	type Head,
	type Multiply,
	type Plan
} from '../plan/plan';
import { SLICES, SUMS, VECTORS, type CombineSizes } from './combine';
import type { ConvSizes } from './conv';
import type { MultiplySizes, Part } from './elementwise';
import { classGroups, type HeadSizes } from './head';
import { ROW, type MapLayout } from './layout';
import type { Texels, Textures } from './memory';
import { Parameters } from './parameters';
import type { MapPool } from './pool';
import type { Dispatch, Programs } from './programs';
import type { Readbacks } from './readback';

/** The parts of an engine that all its lanes use. */
export interface Device {
	readonly memory: Textures;
	readonly programs: Programs;
	readonly readbacks: Readbacks;
}

export type Lasting = ReturnType<typeof lasting>;
export type Resources = ReturnType<typeof laidOut>;

/** Per-channel vectors of a `Combine`, for the forward and the backward pass. */
function channelVectors(
	memory: Textures | MapPool,
	{ buffers }: Plan,
	{ z }: Combine,
	sets: number
) {
	const groups = padded(buffers[z].channels) / 4;
	return {
		vectors: memory.allocate(groups, sets, VECTORS),
		sums: memory.allocate(groups, sets, SUMS)
	};
}

/** The resources that do not depend on the batch. @throws RangeError if given weights do not fit the network */
export function lasting(setup: LaneSetup, plan: Plan, device: Device) {
	const { memory, readbacks } = device;
	const { network, forward, norms } = plan;
	const start = startingState(setup, network.parameters, norms);
	const parameters = new Parameters(plan, start, memory, readbacks);
	const channels: ReturnType<typeof channelVectors>[] = [];
	for (const op of forward)
		if (op.kind === 'combine') channels[op.z] = channelVectors(memory, plan, op, 1);
	const segments = (list: readonly number[]) => {
		const texture = memory.flat(list.length);
		const numbers = new Float32Array(texture.height * ROW * 4);
		list.forEach((parameter, i) => {
			const { first, texels } = parameters.places[parameter];
			numbers.set([first / ROW, Math.ceil(texels / ROW)], i * 4);
		});
		memory.write(texture, numbers);
		return texture;
	};
	const metricPlaces = placeMetrics(plan, ROW * 4, 4, 4);
	return {
		...device,
		plan,
		/** The gate of each block. */
		gates: network.blocks.map(({ index }) => setup.gates?.[index] ?? 1),
		parameters,
		/** Per-channel vectors by the map z of each `Combine`. */
		channels,
		/** One texel per metric. */
		metrics: memory.flat(metricPlaces.count / 4),
		metricPlaces,
		/** Segments of all parameters, and of the layers' kernels. */
		segments: segments([...network.parameters.keys()]),
		layerSegments: segments(network.layers.map(({ kernel }) => kernel)),
		/** Sums of squares of each row of parameters. */
		rowSquares: memory.allocate(1, parameters.gradients.height)
	};
}

/** All resources, for batches up to the pool's number of images. @throws MemoryError */
export function laidOut(lane: Lasting, pool: MapPool) {
	const { buffers, forward, head, auxiliary } = lane.plan;
	const { images, labels } = pool;
	const ofHead = ({ z, classes }: Head) => {
		const groups = padded(buffers[z].channels) / 4;
		return {
			/** Features and logits: groups of channels, or of classes, by images. */
			features: pool.allocate(groups, images),
			dFeatures: pool.allocate(groups, images),
			logits: pool.allocate(classGroups(classes), images),
			/** The output of `softmaxShader`, one texel per image. */
			rows: pool.allocate(1, images)
		};
	};
	const channels = [...lane.channels];
	for (const op of forward)
		if (op.kind === 'combine' && op.norm?.over === 'image')
			channels[op.z] = channelVectors(pool, lane.plan, op, images);
	return {
		...lane,
		channels,
		images,
		/** Layouts of the plan's maps. */
		layouts: buffers.map((shape) => pool.layout(shape)),
		labels,
		/** The textures of the plan's maps after the draws made so far (see `replacing`); the first holds the images. */
		maps: pool.maps(buffers),
		exchange: pool.exchange(),
		/** A texture for partial sums that are consumed at once. */
		parts: (...size: Texels) => pool.parts(...size),
		/** A texture that lives as long as the layout. @throws MemoryError */
		allocate: (...size: Texels) => pool.allocate(...size),
		/** The textures of each head, by its node. */
		heads: new Map([head, ...auxiliary].map((one) => [one.node, ofHead(one)]))
	};
}

/** A draw that replaces the texture of a map and may read the old one. */
export function replacing(lane: Resources, map: number, draw: Omit<Dispatch, 'targets'>): Dispatch {
	const target = lane.exchange(lane.plan.buffers[map], lane.maps[map]);
	lane.maps[map] = target;
	return { ...draw, targets: [target] };
}

export function convSizes({ layouts }: Resources, op: Convolution): ConvSizes {
	return { x: layouts[op.x], y: layouts[op.y], conv: op };
}

export const combineSizes = ({ layouts, images }: Resources, op: Combine): CombineSizes =>
	sizes.combineSizes(op, layouts, images, () => SLICES, true);

export const headSizes = ({ layouts, parameters }: Resources, head: Head): HeadSizes =>
	sizes.headSizes(head, layouts, parameters.places);

/** The textures of a head. */
export const headOf = ({ heads }: Resources, { node }: Head) => entry(heads, node);

export const multiplySizes = (
	{ layouts }: Resources,
	{ a, b, ...op }: Multiply
): MultiplySizes => ({
	...op,
	a: layouts[a],
	b: layouts[b]
});

/** The maps that are joined. */
export function joined(maps: readonly number[], layouts: readonly MapLayout[]): Part[] {
	let end = 0;
	return maps.map((map) => {
		const offset = end;
		end += layouts[map].channels;
		return { map: layouts[map], offset };
	});
}
