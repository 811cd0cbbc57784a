/** All that the draws of a lane read and write, and the sizes that their programs are written for. */
import type { LaneSetup } from '../engine';
import { startingState } from '../initialise';
import {
	channelsTogether,
	padded,
	type Combine,
	type Convolution,
	type MapShape,
	type Plan
} from '../plan/plan';
import { SLICES, SUMS, VECTORS, type CombineSizes } from './combine';
import type { ConvSizes } from './conv';
import { classGroups, type HeadSizes } from './head';
import { ROW, type MapLayout } from './layout';
import type { Texture, Textures } from './memory';
import { Parameters } from './parameters';
import { placeMetrics } from './places';
import type { MapPool } from './pool';
import type { Dispatch } from './programs';
import type { Readbacks } from './readback';

/** What does not depend on the batch. */
export interface Lasting {
	readonly plan: Plan;
	/** Of each block. */
	readonly gates: number[];
	readonly parameters: Parameters;
	/** Per-channel vectors of each `Combine`, by its map y: of the forward pass, and of the backward one. */
	readonly vectors: readonly Texture[];
	readonly sums: readonly Texture[];
	readonly metrics: Texture;
	readonly metricPlaces: ReturnType<typeof placeMetrics>;
	/** Of all parameters, and of the layers' kernels. */
	readonly segments: Texture;
	readonly layerSegments: Texture;
	/** Squares of each row of parameters. */
	readonly rowSquares: Texture;
}

/** What does, too: for batches of at most as many images as the pool has room for. */
export interface Resources extends Lasting {
	readonly images: number;
	/** Of the plan's maps. */
	readonly layouts: readonly MapLayout[];
	readonly labels: Texture;
	/** Of the plan, the first holds the images: the textures that hold them after the draws made so far; see `replacing`. */
	readonly maps: Texture[];
	readonly exchange: (shape: MapShape, texture: Texture) => Texture;
	/** Partial sums, used up at once. */
	readonly parts: (width: number, height: number, layers: number) => Texture;
	/** Groups of channels, or of classes, by images. */
	readonly features: Texture;
	readonly dFeatures: Texture;
	readonly logits: Texture;
	/** What `softmaxShader` writes of each image. */
	readonly rows: Texture;
}

/** @throws RangeError when given weights do not fit the network */
export function lasting(
	setup: LaneSetup,
	plan: Plan,
	textures: Textures,
	readbacks: Readbacks
): Lasting {
	const { network, buffers, forward, norms } = plan;
	const start = startingState(setup, network.parameters, norms);
	const parameters = new Parameters(plan, start, textures, readbacks);
	const { places } = parameters;
	const vectors: Texture[] = [];
	const sums: Texture[] = [];
	for (const op of forward) {
		if (op.kind !== 'combine') continue;
		const groups = padded(buffers[op.z].channels) / 4;
		vectors[op.y] = textures.allocate(groups, 1, VECTORS);
		sums[op.y] = textures.allocate(groups, 1, SUMS);
	}
	const segments = (list: readonly number[]) => {
		const texture = textures.flat(list.length);
		const numbers = new Float32Array(texture.height * ROW * 4);
		list.forEach((parameter, i) => {
			const { first, texels } = places[parameter];
			numbers.set([first / ROW, Math.ceil(texels / ROW)], i * 4);
		});
		textures.write(texture, numbers);
		return texture;
	};
	const metricPlaces = placeMetrics(plan);
	return {
		plan,
		gates: network.blocks.map(({ index }) => setup.gates?.[index] ?? 1),
		parameters,
		vectors,
		sums,
		metrics: textures.flat(metricPlaces.count),
		metricPlaces,
		segments: segments([...network.parameters.keys()]),
		layerSegments: segments(network.layers.map(({ kernel }) => kernel)),
		rowSquares: textures.allocate(1, parameters.gradients.height)
	};
}

/** @throws MemoryError */
export function laidOut(lane: Lasting, pool: MapPool): Resources {
	const { buffers, forward, head } = lane.plan;
	const { images } = pool;
	const [image, ...others] = buffers;
	const batch = pool.batch(image);
	const groups = padded(buffers[head.z].channels) / 4;
	const vectors = [...lane.vectors];
	const sums = [...lane.sums];
	for (const op of forward) {
		if (op.kind !== 'combine' || op.norm?.over !== 'image') continue;
		const groups = padded(buffers[op.z].channels) / 4;
		vectors[op.y] = pool.allocate(groups, images, VECTORS);
		sums[op.y] = pool.allocate(groups, images, SUMS);
	}
	return {
		...lane,
		vectors,
		sums,
		images,
		layouts: buffers.map((shape) => pool.layout(shape)),
		labels: batch.labels,
		maps: [batch.images, ...pool.maps(others)],
		exchange: pool.exchange(),
		parts: (...size) => pool.parts(...size),
		features: pool.allocate(groups, images),
		dFeatures: pool.allocate(groups, images),
		logits: pool.allocate(classGroups(head.classes), images),
		rows: pool.allocate(1, images)
	};
}

/** A draw that puts another texture in the place of a map, which it may read. */
export function replacing(lane: Resources, map: number, draw: Omit<Dispatch, 'targets'>): Dispatch {
	const target = lane.exchange(lane.plan.buffers[map], lane.maps[map]);
	lane.maps[map] = target;
	return { ...draw, targets: [target] };
}

export function convSizes({ layouts }: Resources, op: Convolution): ConvSizes {
	return { x: layouts[op.x], y: layouts[op.y], conv: op };
}

export function combineSizes({ layouts, images }: Resources, op: Combine): CombineSizes {
	const { activation, shortcut, norm, block, layer } = op;
	const z = layouts[op.z];
	const ofImages = norm?.over === 'image';
	return {
		z,
		activation,
		norm: norm && norm.over,
		together: channelsTogether(norm, z),
		slices: ofImages ? images : SLICES,
		sets: ofImages ? images : 1,
		shortcut: shortcut && { from: layouts[shortcut.from], stride: shortcut.stride },
		block: block !== null,
		dead: layer !== null && activation === 'relu'
	};
}

export function headSizes({
	plan: { head },
	layouts,
	parameters: { places }
}: Resources): HeadSizes {
	return {
		z: layouts[head.z],
		classes: head.classes,
		kernel: places[head.weights].first,
		bias: head.bias === null ? null : places[head.bias].first,
		dropout: head.dropout
	};
}
