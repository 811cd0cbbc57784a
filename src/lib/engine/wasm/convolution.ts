/**
 * The dispatches of convolutions and of their gradients, for any kernel, stride, padding and groups. The kernels of
 * `assembly/conv.ts` check no bounds: where taps reach over the border of a map, they read a copy of one image with a
 * wider border. A lane's convolutions take turns in one memory for packed weights.
 */
import type { BackwardOp, Convolution, MapShape, Plan } from '../plan/plan';
import { padded } from '../plan/plan';
import { phases, taps, type Tap } from '../plan/taps';
import { denseBackwardInput, denseBackwardKernel, denseForward, isDense } from './dense';
import type { WasmModule } from './module';
import type { Geometry, Place } from './places';
import type { Dispatch, Resources } from './resources';
import {
	isWinograd,
	scratchBytes,
	SLICES,
	weightBytes,
	winogradBackwardInput,
	winogradBackwardKernel,
	winogradForward
} from './winograd';

export function convForward(lane: Resources, op: Convolution): Dispatch[] {
	if (isDense(op, lane.plan.buffers)) return denseForward(lane, op);
	if (isWinograd(op, lane.plan.buffers)) return winogradForward(lane, op);
	const { module, places, scratch } = lane;
	const [x, y] = [places[op.x], places[op.y]];
	const tapsOf = taps(op);
	const read = reading(lane, x, borders(op, lane.plan.buffers).x);
	return bundles(op, lane.plan.buffers).flatMap((bundle) => {
		const pack = packing(lane, op, bundle, tapsOf, false);
		const conv = module.kernel('conv', {
			weights: scratch.kernel,
			...tapOffsets(module, tapsOf, read),
			...strides(x, y, read, op.stride),
			channelsIn: bundle.inputs,
			channelsOut: padded(bundle.outputs),
			accumulate: 0
		});
		return [
			pack,
			({ images }) =>
				read.each(images, (pixel, first, images) =>
					conv({
						x: pixel + bundle.firstInput * 4,
						y: y.inner + first * y.image + bundle.firstOutput * 4,
						images
					})
				)
		];
	});
}

export function convBackwardKernel(
	lane: Resources,
	gradient: BackwardOp & { kind: 'kernelGrad' }
): Dispatch[] {
	const { module, parameters, scratch } = lane;
	const { conv: op, dy } = gradient;
	const { buffers } = lane.plan;
	if (isDense(op, buffers)) return denseBackwardKernel(lane, op, dy);
	const ofBundle = isWinograd(op, buffers)
		? () => winogradBackwardKernel(lane, gradient)
		: directBackwardKernel(lane, gradient);
	return bundles(op, buffers).flatMap((bundle) => {
		const unpadKernel = module.kernel('unpadKernel', {
			padded: scratch.kernel,
			kernel: parameters.at(parameters.gradients, op.weights) + bundle.firstOutput * 4,
			tapCount: taps(op).length,
			...groupSizes(bundle)
		});
		const sliceBytes = taps(op).length * padded(bundle.inputs) * padded(bundle.outputs) * 4;
		const addSlices = module.kernel('addSlices', {
			sums: scratch.kernel,
			slices: SLICES,
			sliceBytes
		});
		return [ofBundle(bundle), () => addSlices(), () => unpadKernel()];
	});
}

/** Writes a bundle's gradient into `scratch.kernel`, padded, as sums over slices. */
function directBackwardKernel(
	lane: Resources,
	{ conv: op, ...own }: BackwardOp & { kind: 'kernelGrad' }
): (bundle: Bundle) => Dispatch {
	const { module, places, scratch } = lane;
	const [x, dy] = [places[op.x], places[own.dy]];
	const read = reading(lane, x, borders(op, lane.plan.buffers).x);
	return (bundle) => {
		const convKernelGrad = module.kernel('convKernelGrad', {
			dw: scratch.kernel,
			...tapOffsets(module, taps(op), read),
			...strides(x, dy, read, op.stride),
			channelsIn: padded(bundle.inputs),
			channelsOut: padded(bundle.outputs),
			number: 1,
			slices: SLICES,
			dwSlice: taps(op).length * padded(bundle.inputs) * padded(bundle.outputs) * 4
		});
		return ({ images }) =>
			read.each(images, (pixel, first, images) =>
				convKernelGrad({
					x: pixel + bundle.firstInput * 4,
					dy: dy.inner + first * dy.image + bundle.firstOutput * 4,
					images,
					slice: Math.ceil(images / SLICES),
					accumulate: first === 0 ? 0 : 1
				})
			);
	};
}

export function convBackwardInput(
	lane: Resources,
	gradient: BackwardOp & { kind: 'inputGrad' }
): Dispatch[] {
	const { conv: op, ...own } = gradient;
	if (isDense(op, lane.plan.buffers)) return denseBackwardInput(lane, op, own.dy, own.dx);
	if (isWinograd(op, lane.plan.buffers)) return winogradBackwardInput(lane, gradient);
	const { module, places, scratch } = lane;
	const { stride } = op;
	const [dx, dy] = [places[own.dx.buffer], places[own.dy]];
	const read = reading(lane, dy, borders(op, lane.plan.buffers).dy);
	return bundles(op, lane.plan.buffers).flatMap((bundle) =>
		phases(op).flatMap(({ row, column, taps }): Dispatch[] => {
			const pack = packing(lane, op, bundle, taps, true);
			const conv = module.kernel('conv', {
				weights: scratch.kernel,
				...tapOffsets(module, taps, read),
				channelsIn: bundle.outputs,
				channelsOut: padded(bundle.inputs),
				rows: phaseLength(dx.shape.height, row, stride),
				columns: phaseLength(dx.shape.width, column, stride),
				xImage: dy.image,
				xRow: read.row,
				xColumn: read.pixel,
				yImage: dx.image,
				yRow: dx.row * stride,
				yColumn: dx.pixel * stride,
				accumulate: own.dx.accumulate ? 1 : 0
			});
			const to = dx.inner + row * dx.row + column * dx.pixel + bundle.firstInput * 4;
			return [
				pack,
				({ images }) =>
					read.each(images, (pixel, first, images) =>
						conv({ x: pixel + bundle.firstOutput * 4, y: to + first * dx.image, images })
					)
			];
		})
	);
}

/** Number of pixels along an axis whose index is `place` modulo `stride`. */
const phaseLength = (size: number, place: number, stride: number) =>
	Math.ceil((size - place) / stride);

/**
 * Bytes of the memory that a plan's convolutions share: a kernel as it is packed or the slices of its gradient, an image with a wide
 * border, what Winograd's transforms need.
 */
export function scratchSizes({ forward, buffers }: Plan): {
	kernel: number;
	image: number;
	winograd: number;
} {
	let [kernel, image, winograd] = [0, 0, 0];
	for (const op of forward) {
		if (op.kind !== 'conv' || isDense(op, buffers)) continue;
		if (isWinograd(op, buffers)) {
			const [inputs, outputs] = [op.x, op.y].map((map) => padded(buffers[map].channels));
			kernel = Math.max(kernel, weightBytes(inputs, outputs));
			winograd = Math.max(winograd, scratchBytes(inputs, outputs));
			continue;
		}
		for (const { inputs, outputs } of bundles(op, buffers))
			kernel = Math.max(kernel, SLICES * taps(op).length * padded(inputs) * padded(outputs) * 4);
		const { x, dy } = borders(op, buffers);
		for (const [map, border] of [[op.x, x] as const, [op.y, dy] as const])
			if (border > 1) image = Math.max(image, wideSize(buffers[map], border));
	}
	return { kernel, image, winograd };
}

/** Consecutive groups of a convolution that are computed together, so that their channels begin at multiples of 4. */
interface Bundle {
	readonly groups: number;
	readonly groupIn: number;
	readonly groupOut: number;
	/** Channels of x and of y, and the first of them. */
	readonly inputs: number;
	readonly outputs: number;
	readonly firstInput: number;
	readonly firstOutput: number;
	/** Number of output channels of all groups. */
	readonly pitch: number;
}

function bundles({ x, y, groups }: Convolution, buffers: readonly MapShape[]): Bundle[] {
	const pitch = buffers[y].channels;
	const groupIn = buffers[x].channels / groups;
	const groupOut = pitch / groups;
	/** The number of groups whose channels fill vectors of four. */
	const filling = (channels: number) => (channels % 4 === 0 ? 1 : channels % 2 === 0 ? 2 : 4);
	const together = Math.min(groups, Math.max(filling(groupIn), filling(groupOut)));
	return Array.from({ length: Math.ceil(groups / together) }, (_, i) => {
		const first = i * together;
		const count = Math.min(together, groups - first);
		return {
			groups: count,
			groupIn,
			groupOut,
			inputs: count * groupIn,
			outputs: count * groupOut,
			firstInput: first * groupIn,
			firstOutput: first * groupOut,
			pitch
		};
	});
}

const groupSizes = ({ groups, groupIn, groupOut, pitch }: Bundle) => ({
	groups,
	groupIn,
	groupOut,
	pitch
});

/** How far beyond the edges of their map the taps reach, from `rows` × `columns` pixels that are `stride` apart. */
function reach(
	list: readonly Tap[],
	[rows, columns]: readonly [number, number],
	stride: number,
	{ height, width }: MapShape
): number {
	const along = (offset: number, count: number, size: number) =>
		Math.max(-offset, (count - 1) * stride + offset - (size - 1));
	return Math.max(
		0,
		...list.map(({ dy, dx }) => Math.max(along(dy, rows, height), along(dx, columns, width)))
	);
}

/** The borders that a convolution needs around x, and its input's gradient around dy. */
function borders(op: Convolution, buffers: readonly MapShape[]): { x: number; dy: number } {
	const [x, y] = [buffers[op.x], buffers[op.y]];
	const { stride } = op;
	const ofPhases = phases(op).map(({ row, column, taps }) =>
		reach(taps, [phaseLength(x.height, row, stride), phaseLength(x.width, column, stride)], 1, y)
	);
	return {
		x: reach(taps(op), [y.height, y.width], stride, x),
		dy: op.inputGradient ? Math.max(...ofPhases) : 0
	};
}

/** A map as a convolution reads it; distances are in bytes. */
interface Reading {
	readonly row: number;
	readonly pixel: number;
	/** Calls `use` with the first pixel of image `first` and the number of images that follow from there. */
	each(images: number, use: (pixel: number, first: number, images: number) => void): void;
}

/** Bytes of an image with a border of the given width. */
const wideSize = ({ height, width, channels }: MapShape, border: number) =>
	(height + 2 * border) * (width + 2 * border) * padded(channels) * 4;

/** Reads the map itself if its own border of 1 is enough, else each image in a copy. */
function reading({ module, scratch }: Resources, map: Place, border: number): Reading {
	const { shape, inner, image, pixel } = map;
	if (border <= 1) return { row: map.row, pixel, each: (images, use) => use(inner, 0, images) };
	const row = (shape.width + 2 * border) * pixel;
	const to = scratch.image + border * (row + pixel);
	const widen = module.kernel('widen', {
		start: scratch.image,
		size: wideSize(shape, border),
		to,
		rows: shape.height,
		length: shape.width * pixel,
		fromRow: map.row,
		toRow: row
	});
	return {
		row,
		pixel,
		each(images, use) {
			for (let n = 0; n < images; n++) {
				widen({ from: inner + n * image });
				use(to, n, 1);
			}
		}
	};
}

/** The offsets of taps in bytes, as the kernels read them. */
function tapOffsets(module: WasmModule, list: readonly Tap[], { row, pixel }: Reading) {
	return {
		taps: integers(
			module,
			list.map(({ dy, dx }) => dy * row + dx * pixel)
		),
		tapCount: list.length
	};
}

function integers(module: WasmModule, values: readonly number[]): number {
	const pointer = module.allocate(Math.max(1, values.length) * 4);
	module.integers(pointer, values.length).set(values);
	return pointer;
}

/** Strides in bytes with which a convolution, or its kernel's gradient, walks over its maps: `stride` pixels of x per pixel of y. */
const strides = (x: Geometry, y: Geometry, { row, pixel }: Reading, stride: number) => ({
	rows: y.shape.height,
	columns: y.shape.width,
	xImage: x.image,
	xRow: row * stride,
	xColumn: pixel * stride,
	yImage: y.image,
	yRow: y.row,
	yColumn: y.pixel
});

/** Packs the weights of the given taps, for the gradient with respect to the input if `transposed`. */
function packing(
	{ module, parameters, scratch }: Resources,
	{ weights }: Convolution,
	bundle: Bundle,
	list: readonly Tap[],
	transposed: boolean
): Dispatch {
	const packKernel = module.kernel('packKernel', {
		source: parameters.at(parameters.values, weights) + bundle.firstOutput * 4,
		packed: scratch.kernel,
		order: integers(
			module,
			list.map(({ weight }) => weight)
		),
		tapCount: list.length,
		...groupSizes(bundle),
		transposed: transposed ? 1 : 0
	});
	return () => packKernel();
}
