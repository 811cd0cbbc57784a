/** The dispatches of a network's heads, forward and backward: pooling, dropout, dense layer, loss. */
import type { BackwardOp, Head } from '../plan/plan';
import type { WasmModule } from './module';
import { geometry, type Place } from './places';
import { dropping } from './dropout';
import { pooling, poolingBackward, wholeMap } from './pooling';
import type { Dispatch, Resources } from './resources';

/** Memory of a head for a batch: pooled features, as a map of one pixel without border, and class scores `[N][classes]`. */
export interface HeadPlaces {
	readonly features: Place;
	readonly dFeatures: Place;
	readonly logits: number;
	readonly dLogits: number;
}

/** @param map place of the map that the head reads */
export function headPlaces(
	module: WasmModule,
	{ classes }: Head,
	{ shape: { channels } }: Place,
	images: number
): HeadPlaces {
	const shape = { height: 1, width: 1, channels };
	const features = (): Place => {
		const { pixel, ...how } = geometry(shape);
		const start = module.allocate(images * pixel);
		return { ...how, pixel, row: pixel, image: pixel, start, inner: start };
	};
	const logits = () => module.allocate(images * classes * 4);
	return {
		features: features(),
		dFeatures: features(),
		logits: logits(),
		dLogits: logits()
	};
}

/** Pooling, dense layer, softmax, and the loss's gradient with respect to the logits, of every head. */
export const lossDispatches = (lane: Resources): Dispatch[] => [
	...lane.plan.auxiliary.flatMap((head) => headForward(lane, head)),
	...headForward(lane, lane.plan.head)
];

function headForward(lane: Resources, head: Head): Dispatch[] {
	const { module, plan, places, parameters, labels } = lane;
	const { classes, weight } = head;
	const { features, logits, dLogits } = lane.heads[head.node];
	const z = places[head.z];
	const results = module.allocate(16);
	const dense = module.kernel('dense', {
		...matrix(lane, head, parameters.values),
		...sizes(head, features),
		x: features.inner,
		y: logits,
		padding: 0
	});
	const crossEntropy = module.kernel('crossEntropy', {
		logits,
		labels,
		dLogits,
		results,
		classes,
		weight
	});
	return [
		pooling(lane, z, features, wholeMap(z)),
		...headDropout(lane, head, features),
		({ images }) => dense({ images }),
		(run) => {
			crossEntropy({ images: run.images });
			// The reported loss is that of the network's own class scores.
			if (head === plan.head) [run.loss, run.wrong] = module.doubles(results, 2);
		}
	];
}

export function headBackward(
	lane: Resources,
	{ head, dx }: BackwardOp & { kind: 'headGrad' }
): Dispatch[] {
	const { module, places, parameters } = lane;
	const { features, dFeatures, dLogits } = lane.heads[head.node];
	const { kernel, bias } = matrix(lane, head, parameters.gradients);
	const denseKernelGrad = module.kernel('denseKernelGrad', {
		...sizes(head, features),
		x: features.inner,
		dy: dLogits,
		dKernel: kernel,
		dBias: bias
	});
	const denseInputGrad = module.kernel('denseInputGrad', {
		...sizes(head, features),
		dy: dLogits,
		kernel: matrix(lane, head, parameters.values).kernel,
		dx: dFeatures.inner,
		padding: 0,
		accumulate: 0
	});
	return [
		({ images }) => denseKernelGrad({ images }),
		({ images }) => denseInputGrad({ images }),
		...headDropout(lane, head, dFeatures),
		...poolingBackward(lane, dFeatures, dx, wholeMap(places[dx.buffer]))
	];
}

/** The addresses of a head's matrix and bias in one of the parameters' arrays; 0 if it has no bias. */
const matrix = ({ parameters }: Resources, { weights, bias }: Head, all: number) => ({
	kernel: parameters.at(all, weights),
	bias: bias === null ? 0 : parameters.at(all, bias)
});

const sizes = ({ classes }: Head, { shape, image, row, pixel }: Place) => ({
	inputs: shape.channels,
	outputs: classes,
	rows: 1,
	columns: 1,
	xImage: image,
	xRow: row,
	xPixel: pixel,
	yImage: classes * 4
});

/** Multiplies features by the head's mask, if it has one. */
function headDropout(lane: Resources, { dropoutNode, dropout }: Head, map: Place): Dispatch[] {
	if (dropoutNode === null) return [];
	const how = { node: dropoutNode, rate: dropout, perImage: false };
	return [dropping(lane, how, map, map)];
}
