/**
 * The dispatches of dense layers: those of heads, and convolutions whose kernel covers their map. They read the matrix
 * as it is, without a packed copy.
 */
import type { Convolution, MapShape, Target } from '../plan/plan';
import { shapeKey } from '../plan/plan';
import type { Place } from './places';
import type { Dispatch, Resources } from './resources';

/** Whether a convolution's kernel covers its map once, as that of a dense layer does. */
export function isDense(
	{ x, y, kernel: [height, width], padding, groups }: Convolution,
	buffers: readonly MapShape[]
): boolean {
	const { channels } = buffers[x];
	const covers = shapeKey(buffers[x]) === shapeKey({ height, width, channels });
	return covers && buffers[y].height * buffers[y].width === 1 && padding === 0 && groups === 1;
}

/** The arguments for walking over the pixels of a dense layer's input x, and over images of its output y. */
const pixels = (x: Place, y: Place) => ({
	inputs: x.shape.channels,
	outputs: y.shape.channels,
	rows: x.shape.height,
	columns: x.shape.width,
	xImage: x.image,
	xRow: x.row,
	xPixel: x.pixel,
	yImage: y.image
});

const padding = ({ channels, shape }: Place) => channels - shape.channels;

export function denseForward(lane: Resources, op: Convolution): Dispatch[] {
	const { module, places, parameters } = lane;
	const [x, y] = [places[op.x], places[op.y]];
	const dense = module.kernel('dense', {
		x: x.inner,
		kernel: parameters.at(parameters.values, op.weights),
		bias: 0,
		y: y.inner,
		padding: padding(y),
		...pixels(x, y)
	});
	return [({ images }) => dense({ images })];
}

export function denseBackwardKernel(lane: Resources, op: Convolution, dy: number): Dispatch[] {
	const { module, places, parameters } = lane;
	const [x, y] = [places[op.x], places[dy]];
	const denseKernelGrad = module.kernel('denseKernelGrad', {
		x: x.inner,
		dy: y.inner,
		dKernel: parameters.at(parameters.gradients, op.weights),
		dBias: 0,
		...pixels(x, y)
	});
	return [({ images }) => denseKernelGrad({ images })];
}

export function denseBackwardInput(
	lane: Resources,
	op: Convolution,
	dy: number,
	{ buffer, accumulate }: Target
): Dispatch[] {
	const { module, places, parameters } = lane;
	const [x, y] = [places[buffer], places[dy]];
	const denseInputGrad = module.kernel('denseInputGrad', {
		dy: y.inner,
		kernel: parameters.at(parameters.values, op.weights),
		dx: x.inner,
		padding: padding(x),
		...pixels(x, y),
		accumulate: accumulate ? 1 : 0
	});
	return [({ images }) => denseInputGrad({ images })];
}
