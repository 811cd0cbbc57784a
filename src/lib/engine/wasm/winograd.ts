/**
 * The dispatches of 3×3 convolutions by Winograd's minimal filtering (`assembly/winograd.ts`), which computes tiles of 4×4
 * pixels with a quarter of the products.
 */
import type { BackwardOp, Convolution, MapShape } from '../plan/plan';
import { ALIGNMENT } from './module';
import type { Place } from './places';
import type { Dispatch, Resources } from './resources';

/** Products per tile and pair of channels. */
const FREQUENCIES = 36;
/** Bytes between the frequencies of tiles and of weights. */
const GAP = 64;

/** Whether tiles cover both maps of a convolution, and x has enough channels (an image has not) for its transform to pay. */
export function isWinograd(
	{ x, y, kernel: [height, width], stride, padding, groups }: Convolution,
	buffers: readonly MapShape[]
): boolean {
	const tiled = buffers[y].height % 4 === 0 && buffers[y].width % 4 === 0;
	const usual = height === 3 && width === 3 && stride === 1 && padding === 1 && groups === 1;
	return usual && tiled && buffers[x].channels >= 4;
}

/**
 * Into how many slices a batch is divided for the gradient of a kernel, which threads share. The same for any number of
 * threads, so that results are, too.
 */
export const SLICES = 4;

/** Bytes of the packed weights for padded numbers of channels, or of a gradient's slices, which are no larger. */
export const weightBytes = (channelsIn: number, channelsOut: number) =>
	FREQUENCIES * (4 * channelsIn * channelsOut + GAP);

/** How many tiles to transform together: enough that a weight is read for many of them, few enough for the caches. */
const tilesTogether = (channelsIn: number, channelsOut: number) =>
	channelsIn + channelsOut < 64 ? 32 : 16;

/** Bytes that the kernels need: transformed tiles of both maps, sums of the kernel's gradient, the result of half a transform. */
export function scratchBytes(channelsIn: number, channelsOut: number): number {
	const tiles = tilesTogether(channelsIn, channelsOut) * 4 * (channelsIn + channelsOut) + 2 * GAP;
	const bytes = FREQUENCIES * (tiles + 16) + weightBytes(channelsIn, channelsOut);
	return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** The arguments for walking over the maps that a convolution, or a gradient of it, reads and writes, and scratch memory. */
const maps = ({ scratch }: Resources, x: Place, y: Place) => ({
	scratch: scratch.winograd,
	scratchBytes: scratch.winogradBytes,
	tiles: tilesTogether(x.channels, y.channels),
	channelsIn: x.channels,
	channelsOut: y.channels,
	rows: y.shape.height,
	columns: y.shape.width,
	xImage: x.image,
	xRow: x.row,
	xColumn: x.pixel,
	yImage: y.image,
	yRow: y.row,
	yColumn: y.pixel
});

/** y = x ⋆ kernel; with `transposed` dx = dy ⋆ the kernel turned round, which is the same on maps in each other's place. */
function convolve(
	lane: Resources,
	{ weights }: Convolution,
	[x, y]: readonly [Place, Place],
	{ transposed, accumulate }: { readonly transposed: boolean; readonly accumulate: boolean }
): Dispatch[] {
	const { module, parameters, scratch } = lane;
	const [input, output] = transposed ? [y, x] : [x, y];
	const packWinograd = module.kernel('packWinograd', {
		source: parameters.at(parameters.values, weights),
		packed: scratch.kernel,
		scratch: scratch.winograd,
		channelsIn: input.shape.channels,
		channelsOut: output.shape.channels,
		transposed: transposed ? 1 : 0
	});
	const winograd = module.kernel('winograd', {
		x: x.inner,
		y: y.inner,
		weights: scratch.kernel,
		...maps(lane, x, y),
		accumulate: accumulate ? 1 : 0
	});
	return [() => packWinograd(), ({ images }) => winograd({ images })];
}

export const winogradForward = (lane: Resources, op: Convolution): Dispatch[] =>
	convolve(lane, op, [lane.places[op.x], lane.places[op.y]], {
		transposed: false,
		accumulate: false
	});

export const winogradBackwardInput = (
	lane: Resources,
	{ conv, dx, dy }: BackwardOp & { kind: 'inputGrad' }
): Dispatch[] =>
	convolve(lane, conv, [lane.places[dy], lane.places[dx.buffer]], {
		transposed: true,
		accumulate: dx.accumulate
	});

/** Writes the gradient into `scratch.kernel`, padded, as sums over slices. */
export function winogradBackwardKernel(
	lane: Resources,
	{ conv, dy }: BackwardOp & { kind: 'kernelGrad' }
): Dispatch {
	const { module, places, scratch } = lane;
	const [x, y] = [places[conv.x], places[dy]];
	const winogradKernelGrad = module.kernel('winogradKernelGrad', {
		x: x.inner,
		dy: y.inner,
		dw: scratch.kernel,
		...maps(lane, x, y),
		number: 1,
		slices: SLICES,
		dwSlice: 9 * x.channels * y.channels * 4
	});
	return ({ images }) => winogradKernelGrad({ images, slice: Math.ceil(images / SLICES) });
}
