/** The dispatches of `Combine`, forward and backward, and of what passes through a subsampling shortcut. */
import { activationCode, movesZero } from '../math/activations';
import { EPSILON, RUNNING_RATE } from '../normalisation';
import { channelsTogether, shiftOf, type BackwardOp, type Combine } from '../plan/plan';
import { walk, type Place } from './places';
import { combineProbes } from './probes';
import type { Dispatch, Resources, Step } from './resources';

export function combineForward(lane: Resources, op: Combine): Dispatch[] {
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
const gateOf = (gates: readonly number[], shortcut: Combine['shortcut']): number =>
	shortcut ? (shortcut.gate === null ? 1 : gates[shortcut.gate]) : 0;

/** Consecutive images that share mean and variance. */
interface Share {
	readonly first: number;
	readonly images: number;
}

/** One share with all images, or one share per image if statistics are per image. */
function sharesOf({ norm }: Combine, images: number): readonly Share[] {
	if (norm?.over !== 'image') return [{ first: 0, images }];
	return Array.from({ length: images }, (_, first) => ({ first, images: 1 }));
}

/** Address of a share's statistics in a vector with those of all shares. */
const ofShare = (vector: number, { pixel }: Place, { first }: Share) => vector + first * pixel;

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
	const sumsImage = y.channels * 8;
	const channelSums = module.kernel('channelSums', { sums, sumsImage, ...walk(y) });
	const addSums = module.kernel('addSums', { sums, channels: y.channels });
	return (share, training) => {
		const { first, images } = share;
		const mean = ofShare(centre, y, share);
		const means = floats(mean);
		const variances = floats(ofShare(variance, y, share));
		const count = images * height * width;
		// First the mean, then the variance around it.
		const measure = () => {
			for (const [to, centre] of [[means, 0] as const, [variances, mean] as const]) {
				channelSums({ y: y.inner + first * y.image, centre, images });
				addSums({ images });
				const all = module.doubles(sums, channels);
				for (let c = 0; c < channels; c++) to[c] = all[c] / count;
			}
		};
		if (norm.over === 'image') {
			measure();
			joinMoments(means, variances, channelsTogether(norm, y.shape));
		} else if (training) {
			const running = parameters.running[norm.index];
			measure();
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

export function combineBackward(
	lane: Resources,
	op: BackwardOp & { kind: 'combineGrad' }
): Dispatch<Step>[] {
	const { module, places, gates, vectors, sums } = lane;
	const { activation, norm, bias, shortcut, z, y } = op.combine;
	const map = places[z];
	const { centre, factor, offset, slope } = vectors[z];
	const read = { activation: activationCode(activation), ...walk(map) };
	const { channels } = map;
	const sumsImage = channels * 8;
	const combineGradSums = module.kernel('combineGradSums', { ...read, sums, sumsImage });
	const addSums = module.kernel('addSums', { channels });
	const combineGrad = module.kernel('combineGrad', {
		...read,
		factor,
		offset,
		slope,
		accumulate: op.dy?.accumulate ? 1 : 0,
		keep: op.keep ? 1 : 0
	});
	const dy = op.dy && places[op.dy.buffer].inner;
	const affine = norm || bias !== null ? affineBackward(lane, op.combine) : null;
	return [
		...combineProbes(lane, op),
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
					const { images } = share;
					const products = sums + images * sumsImage;
					combineGradSums({ ...walked, products });
					for (const each of [sums, products]) addSums({ sums: each, images });
					affine(share, products);
				}
				combineGrad({
					...walked,
					dy: dy === null ? 0 : dy + first * map.image,
					gate
				});
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
	{ norm, bias, y, z }: Combine
): (share: Share, products: number) => void {
	const { module, places, parameters, vectors, sums } = lane;
	const { channels, height, width } = places[y].shape;
	const { variance, factor, offset, slope } = vectors[z];
	const gradient = (parameter: number) => parameters.view(parameters.gradients, parameter);
	const together = channelsTogether(norm, places[y].shape);
	return (share, products) => {
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

export function subsampleBackward(
	{ module, places }: Resources,
	{ from, to, stride }: BackwardOp & { kind: 'subsampleGrad' }
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
