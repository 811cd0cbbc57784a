/** The dispatches of the backward pass. */
import { activationCode } from '../math/activations';
import { EPSILON } from '../normalisation';
import { dispatchesOf, type BackwardTable } from '../plan/dispatches';
import { channelsTogether, type BackwardOp, type Combine } from '../plan/plan';
import { gateOf, ofShare, sharesOf, strides, type Share } from './forward';
import { headBackward } from './head';
import { walk } from './places';
import { blockProbes } from './probes';
import type { Dispatch, Resources, StepSettings, Step } from './resources';

type Of<Kind extends BackwardOp['kind']> = BackwardOp & { kind: Kind };

export const BACKWARD: BackwardTable<Resources, Dispatch<Step>> = {
	headGrad: headBackward,
	combineGrad: combineBackward,
	kernelGrad: convBackwardKernel,
	inputGrad: convBackwardInput,
	subsampleGrad: subsampleBackward,
	poolGrad: null,
	lrnGrad: null,
	concatGrad: null,
	multiplyGrad: null,
	scaleGrad: null,
	dropGrad: null,
	measure: null
};

/** @param ops backward operations of the lane's plan */
export const backwardDispatches = (
	lane: Resources,
	ops: readonly BackwardOp[] = lane.plan.backward
): Dispatch<Step>[] => dispatchesOf(lane, ops, BACKWARD);

function combineBackward(lane: Resources, op: Of<'combineGrad'>): Dispatch<Step>[] {
	const { module, places, gates, vectors, sums } = lane;
	const { activation, norm, bias, shortcut, z, y } = op.combine;
	const map = places[z];
	const { centre, factor, offset, slope } = vectors[z];
	const read = { activation: activationCode(activation), ...walk(map) };
	const products = sums + map.channels * 8;
	const combineGradSums = module.kernel('combineGradSums', { ...read, sums, products });
	const combineGrad = module.kernel('combineGrad', {
		...read,
		factor,
		offset,
		slope,
		keep: op.keep ? 1 : 0
	});
	const affine = norm || bias !== null ? affineBackward(lane, op.combine, products) : null;
	return [
		...blockProbes(lane, op),
		({ images }) => {
			const gate = gateOf(gates, shortcut);
			for (const share of sharesOf(op.combine, images)) {
				const { first } = share;
				const walked = {
					dz: places[op.dz].inner + first * map.image,
					z: map.inner + first * map.image,
					y: places[y].inner + first * map.image,
					centre: ofShare(centre, map, share),
					images: share.images
				};
				if (affine) {
					combineGradSums(walked);
					affine(share);
				}
				combineGrad({ ...walked, gate });
			}
		}
	];
}

/**
 * With x̂ = (y − mean) / s, s = √(variance + ε), and g = γ da: dβ = Σda, dγ = Σ da x̂ per channel; with sums over all n
 * numbers that share mean and variance, dy = (g − Σg/n − x̂ Σ g x̂ / n) / s. Without normalisation dy = da and the bias gets
 * Σda.
 */
function affineBackward(
	lane: Resources,
	{ norm, bias, y, z }: Combine,
	products: number
): (share: Share) => void {
	const { module, places, parameters, vectors, sums } = lane;
	const { channels, height, width } = places[y].shape;
	const { variance, factor, offset, slope } = vectors[z];
	const gradient = (parameter: number) => parameters.view(parameters.gradients, parameter);
	const together = channelsTogether(norm, places[y].shape);
	return (share) => {
		const sum = module.doubles(sums, channels);
		if (!norm) {
			if (bias !== null) gradient(bias).set(sum);
			return;
		}
		const floats = (pointer: number) => module.floats(pointer, channels);
		const product = module.doubles(products, channels);
		const variances = floats(ofShare(variance, places[y], share));
		const gamma = parameters.view(parameters.values, norm.gamma);
		const dGamma = gradient(norm.gamma);
		const dBeta = gradient(norm.beta);
		const factors = floats(factor);
		const offsets = floats(offset);
		const slopes = floats(slope);
		const count = share.images * height * width * together;
		if (share.first === 0) for (const gradient of [dBeta, dGamma]) gradient.fill(0);
		for (let start = 0; start < channels; start += together) {
			const inverse = 1 / Math.sqrt(variances[start] + EPSILON);
			let offset = 0;
			let slope = 0;
			for (let c = start; c < start + together; c++) {
				dBeta[c] += sum[c];
				dGamma[c] += product[c] * inverse;
				factors[c] = gamma[c] * inverse;
				offset += factors[c] * sum[c];
				slope += factors[c] * product[c];
			}
			offset /= count;
			slope *= (inverse * inverse) / count;
			for (let c = start; c < start + together; c++) {
				offsets[c] = offset;
				slopes[c] = slope;
			}
		}
	};
}

function convBackwardKernel(lane: Resources, { conv, ...op }: Of<'kernelGrad'>): Dispatch[] {
	const { module, places, parameters, packed } = lane;
	const x = places[conv.x];
	const y = places[conv.y];
	const { forward, gradient } = packed[conv.weights];
	const { taps, tapCount } = forward;
	const convKernelGrad = module.kernel('convKernelGrad', {
		x: x.inner,
		dy: places[op.dy].inner,
		dw: gradient,
		taps,
		tapCount,
		...strides(x, y, conv.stride)
	});
	const unpadKernel = module.kernel('unpadKernel', {
		padded: gradient,
		kernel: parameters.at(parameters.gradients, conv.weights),
		tapCount,
		channelsIn: x.shape.channels,
		channelsOut: y.shape.channels
	});
	return [({ images }) => convKernelGrad({ images }), () => unpadKernel()];
}

function convBackwardInput(lane: Resources, op: Of<'inputGrad'>): Dispatch[] {
	const { module, places, parameters, packed } = lane;
	const { conv } = op;
	const { stride } = conv;
	const dx = places[op.dx.buffer];
	const dy = places[op.dy];
	return packed[conv.weights].phases.flatMap(({ row, column, weights, taps, tapCount, order }) => {
		const packKernel = module.kernel('packKernel', {
			source: parameters.at(parameters.values, conv.weights),
			packed: weights,
			order,
			tapCount,
			channelsIn: dx.shape.channels,
			channelsOut: dy.shape.channels,
			transposed: 1
		});
		const convolve = module.kernel('conv', {
			x: dy.inner,
			y: dx.inner + row * dx.row + column * dx.pixel,
			weights,
			taps,
			tapCount,
			channelsIn: dy.channels,
			channelsOut: dx.channels,
			rows: Math.ceil((dx.shape.height - row) / stride),
			columns: Math.ceil((dx.shape.width - column) / stride),
			xImage: dy.image,
			xRow: dy.row,
			xColumn: dy.pixel,
			yImage: dx.image,
			yRow: dx.row * stride,
			yColumn: dx.pixel * stride,
			accumulate: op.dx.accumulate ? 1 : 0
		});
		return [() => packKernel(), ({ images }: StepSettings) => convolve({ images })];
	});
}

function subsampleBackward(
	{ module, places }: Resources,
	{ from, to, stride }: Of<'subsampleGrad'>
): Dispatch[] {
	const small = places[from];
	const large = places[to];
	const subsampleGrad = module.kernel('subsampleGrad', {
		small: small.inner,
		large: large.inner,
		channels: large.shape.channels,
		stride,
		rows: small.shape.height,
		columns: small.shape.width,
		smallImage: small.image,
		smallRow: small.row,
		smallColumn: small.pixel,
		largeImage: large.image,
		largeRow: large.row,
		largeColumn: large.pixel
	});
	return [({ images }) => subsampleGrad({ images })];
}
