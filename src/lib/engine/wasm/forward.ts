/** The dispatches of the forward pass. */
import { dispatchesOf, type ForwardTable } from '../plan/dispatches';
import { channelsTogether, shiftOf, type Combine, type Convolution } from '../plan/plan';
import { walk, type Place } from './places';
import { activationCode, movesZero } from '../math/activations';
import { EPSILON, RUNNING_RATE } from '../normalisation';
import type { Dispatch, Resources } from './resources';

export const FORWARD: ForwardTable<Resources, Dispatch> = {
	conv: convForward,
	combine: combineForward,
	pool: null,
	lrn: null,
	concat: null,
	multiply: null,
	scale: null,
	drop: null
};

export const forwardDispatches = (lane: Resources): Dispatch[] =>
	dispatchesOf(lane, lane.plan.forward, FORWARD);

function convForward(lane: Resources, op: Convolution): Dispatch[] {
	const { module, places, parameters, packed } = lane;
	const x = places[op.x];
	const y = places[op.y];
	const { weights, taps, order, tapCount } = packed[op.weights].forward;
	const packKernel = module.kernel('packKernel', {
		source: parameters.at(parameters.values, op.weights),
		packed: weights,
		order,
		tapCount,
		channelsIn: x.shape.channels,
		channelsOut: y.shape.channels,
		transposed: 0
	});
	const conv = module.kernel('conv', {
		x: x.inner,
		y: y.inner,
		weights,
		taps,
		tapCount,
		...strides(x, y, op.stride),
		accumulate: 0
	});
	return [() => packKernel(), ({ images }) => conv({ images })];
}

/** Strides in bytes with which a convolution, or its kernel's gradient, walks over its maps: `stride` pixels of x per pixel of y. */
export function strides(x: Place, y: Place, stride: number) {
	return {
		channelsIn: x.channels,
		channelsOut: y.channels,
		rows: y.shape.height,
		columns: y.shape.width,
		xImage: x.image,
		xRow: x.row * stride,
		xColumn: x.pixel * stride,
		yImage: y.image,
		yRow: y.row,
		yColumn: y.pixel
	};
}

function combineForward(lane: Resources, op: Combine): Dispatch[] {
	const { module, places, gates, vectors } = lane;
	const { shortcut, activation } = op;
	const y = places[op.y];
	const z = places[op.z];
	const { centre, factor, shift } = vectors[op.z];
	const from = shortcut && places[shortcut.from];
	const combine = module.kernel('combine', {
		factor,
		shift,
		activation: activationCode(activation),
		...walk(z),
		sChannels: from?.channels ?? 0,
		sImage: from?.image ?? 0,
		sRow: (from?.row ?? 0) * (shortcut?.stride ?? 0),
		sColumn: (from?.pixel ?? 0) * (shortcut?.stride ?? 0)
	});
	const affine = affineForward(lane, op);
	const list: Dispatch[] = [
		({ images, training }) => {
			const gate = gateOf(gates, shortcut);
			for (const share of sharesOf(op, images)) {
				const { first } = share;
				affine(share, training);
				combine({
					y: y.inner + first * y.image,
					z: z.inner + first * z.image,
					centre: ofShare(centre, y, share),
					images: share.images,
					gate,
					shortcut: from && gate !== 0 ? from.inner + first * from.image : 0
				});
			}
		}
	];
	const real = z.shape.channels;
	if (movesZero(activation) && real < z.channels) {
		const clearPadding = module.kernel('clearPadding', { z: z.inner, real, ...walk(z) });
		list.push(({ images }) => clearPadding({ images }));
	}
	return list;
}

/** The factor of a shortcut: the gate of its block, 1 without gate, 0 without shortcut. */
export const gateOf = (gates: readonly number[], shortcut: Combine['shortcut']): number =>
	shortcut ? (shortcut.gate === null ? 1 : gates[shortcut.gate]) : 0;

/** Consecutive images that share mean and variance. */
export interface Share {
	readonly first: number;
	readonly images: number;
}

/** One share with all images, or one share per image if statistics are per image. */
export function sharesOf({ norm }: Combine, images: number): readonly Share[] {
	if (norm?.over !== 'image') return [{ first: 0, images }];
	return Array.from({ length: images }, (_, first) => ({ first, images: 1 }));
}

/** Address of a share's statistics in a vector with those of all shares. */
export const ofShare = (vector: number, { pixel }: Place, { first }: Share) =>
	vector + first * pixel;

/** Returns a function that computes centre, factor and shift of `combine` for the images of a share. */
function affineForward(lane: Resources, op: Combine): (share: Share, training: boolean) => void {
	const { module, places, parameters, vectors, sums } = lane;
	const { norm } = op;
	const y = places[op.y];
	const { channels, height, width } = y.shape;
	const { centre, variance, factor, shift } = vectors[op.z];
	const floats = (pointer: number) => module.floats(pointer, channels);
	const value = (parameter: number) => parameters.view(parameters.values, parameter);
	const by = shiftOf(op);
	const shiftBy = () => {
		if (by !== null) floats(shift).set(value(by));
	};
	if (!norm) return shiftBy;
	const moments = module.kernel('moments', { sums, ...walk(y) });
	return (share, training) => {
		const { first, images } = share;
		const mean = ofShare(centre, y, share);
		const means = floats(mean);
		const variances = floats(ofShare(variance, y, share));
		const measure = () =>
			moments({
				y: y.inner + first * y.image,
				mean,
				variance: ofShare(variance, y, share),
				images
			});
		if (norm.over === 'image') {
			measure();
			joinMoments(means, variances, channelsTogether(norm, y.shape));
		} else if (training) {
			const running = parameters.running[norm.index];
			measure();
			const count = images * height * width;
			const unbias = count > 1 ? count / (count - 1) : 1;
			for (let c = 0; c < channels; c++) {
				running.mean[c] += RUNNING_RATE * (means[c] - running.mean[c]);
				running.variance[c] += RUNNING_RATE * (variances[c] * unbias - running.variance[c]);
			}
		} else {
			const running = parameters.running[norm.index];
			means.set(running.mean);
			variances.set(running.variance);
		}
		const gamma = value(norm.gamma);
		const factors = floats(factor);
		for (let c = 0; c < channels; c++) factors[c] = gamma[c] / Math.sqrt(variances[c] + EPSILON);
		shiftBy();
	};
}

/** Joins the statistics of each `together` consecutive channels into their common mean and variance. */
function joinMoments(means: Float32Array, variances: Float32Array, together: number): void {
	for (let c = 0; c < means.length; c += together) {
		const own = means.slice(c, c + together);
		const mean = own.reduce((a, b) => a + b, 0) / together;
		const within = variances.subarray(c, c + together).reduce((a, b) => a + b, 0) / together;
		const between = own.reduce((sum, each) => sum + (each - mean) ** 2, 0) / together;
		means.fill(mean, c, c + together);
		variances.fill(within + between, c, c + together);
	}
}
