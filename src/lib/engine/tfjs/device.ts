/**
 * What differs between processor and device in a step's operations, composed of tfjs kernels, for any backend: the
 * reference, and what trains networks that our kernels do not know. `host.ts` computes on the processor's memory instead.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Activation } from '$lib/network';
import { ACTIVATION_FORMULAS } from '../math/activations';
import { OPTIMISER_RULES } from '../math/optimisers';
import { EPSILON } from '../normalisation';
import type { UpdateConstants } from '../optimiser';
import { TENSORS } from './terms';

export type Shape4 = Tensor4D['shape'];

/** Kernel size is read off the kernel; padding is explicit zeros on each side. */
export interface ConvolutionGeometry {
	readonly stride: number;
	readonly padding: number;
}

const geometryOf = ({ stride, padding }: ConvolutionGeometry) => ({
	strides: [stride, stride],
	pad: padding,
	dataFormat: 'NHWC',
	dimRoundingMode: 'floor'
});

/** Mean and variance that a normalisation used, and those that evaluation will. */
export type Statistics = { readonly mean: Tensor1D; readonly variance: Tensor1D };

/** A number still on the device, or already here. Read together by `collect`. */
export type Measured = Scalar | number;

/** A parameter and what the optimiser keeps of it; `s` is absent before the first step of one that keeps it. */
export type Weight = { readonly w: Tensor; readonly v: Tensor; readonly s?: Tensor };

const allButLast = (x: Tensor) => Array.from({ length: x.rank - 1 }, (_, i) => i);

/**
 * Shapes: images `[N, H, W, C]`, kernels `[kh, kw, Cin, Cout]`, per-channel vectors `[C]`,
 * logits `[N, classes]`. `dy` is the loss's gradient by an output, `dx` by an input.
 * Every function returns new tensors, disposes nothing that it is given, and leaves nothing else on the device.
 */
export class DeviceOps {
	/** dx = dy ⋆ flipped kernel. */
	convInputGradient(dy: Tensor4D, filter: Tensor4D, inputShape: Shape4, conv: ConvolutionGeometry) {
		const inputs = { dy, filter };
		const attributes = { ...geometryOf(conv), inputShape };
		return tf.engine().runKernel<Tensor4D>(tf.Conv2DBackpropInput, inputs, attributes);
	}

	/** dK[a, b] = Σ over batch and pixels of x shifted by (a, b) times dy. */
	convKernelGradient(x: Tensor4D, dy: Tensor4D, filterShape: Shape4, conv: ConvolutionGeometry) {
		const attributes = { ...geometryOf(conv), filterShape };
		return tf.engine().runKernel<Tensor4D>(tf.Conv2DBackpropFilter, { x, dy }, attributes);
	}

	addBias<T extends Tensor>(x: T, bias: Tensor1D): T {
		return tf.add(x, bias);
	}

	/** Sum of dy over all axes but the last. */
	biasGradient(dy: Tensor): Tensor1D {
		return tf.sum(dy, allButLast(dy));
	}

	/** Mean and biased variance of each channel. */
	moments(x: Tensor4D): Statistics {
		return tf.tidy(() => {
			const mean = tf.mean<Tensor1D>(x, [0, 1, 2]);
			const variance = tf.mean<Tensor1D>(tf.square(tf.sub(x, mean)), [0, 1, 2]);
			return { mean, variance };
		});
	}

	/** γ (x − mean) / √(variance + ε) + β */
	normalise(x: Tensor4D, { mean, variance }: Statistics, gamma: Tensor1D, beta: Tensor1D) {
		return tf.batchNorm4d(x, mean, variance, beta, gamma, EPSILON);
	}

	/**
	 * Through the batch's own mean and variance. With x̂ = (x − mean) / s, s = √(variance + ε), n values a channel:
	 * dβ = Σdy, dγ = Σ dy x̂, dx = γ/s (dy − dβ/n − x̂ dγ/n).
	 */
	normaliseGradient(dy: Tensor4D, x: Tensor4D, { mean, variance }: Statistics, gamma: Tensor1D) {
		return tf.tidy(() => {
			const n = x.size / mean.size;
			const inverse = tf.rsqrt(tf.add(variance, EPSILON));
			const xHat = tf.mul(tf.sub(x, mean), inverse);
			const dBeta = tf.sum<Tensor1D>(dy, [0, 1, 2]);
			const dGamma = tf.sum<Tensor1D>(tf.mul(dy, xHat), [0, 1, 2]);
			const centred = tf.sub(tf.sub(dy, tf.div(dBeta, n)), tf.mul(xHat, tf.div(dGamma, n)));
			const dx = tf.mul<Tensor4D>(centred, tf.mul(gamma, inverse));
			return { dx, dGamma, dBeta };
		});
	}

	activation(x: Tensor4D, kind: Activation): Tensor4D {
		return tf.tidy(() => ACTIVATION_FORMULAS[kind].value(TENSORS, x) as Tensor4D);
	}

	/** dy · f′, with f′ written in terms of the output y. */
	activationGradient(dy: Tensor4D, y: Tensor4D, kind: Activation): Tensor4D {
		return tf.tidy(() => ACTIVATION_FORMULAS[kind].gradient(TENSORS, dy, y) as Tensor4D);
	}

	/** √Σx², scaled so that neither 1e-25 nor 1e25 is lost on the way. */
	norm(x: Tensor): Measured {
		return tf.tidy(() => {
			const largest = tf.max(tf.abs(x));
			// Where all is 0 the division is by 1.
			const unit = tf.add(largest, tf.cast(tf.equal(largest, 0), 'float32'));
			return tf.mul<Scalar>(largest, tf.sqrt(tf.sum(tf.square(tf.div(x, unit)))));
		});
	}

	/** √(Σ(x − mean)² / n) */
	std(x: Tensor): Measured {
		return tf.tidy(() => tf.sqrt<Scalar>(tf.mean(tf.square(tf.sub(x, tf.mean(x))))));
	}
}

/** Mean softmax cross-entropy, share of wrong answers, and the gradient of the former by the logits. */
export function crossEntropy(logits: Tensor2D, labels: Int32Array) {
	return tf.tidy(() => {
		const [n, classes] = logits.shape;
		const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), classes);
		const logP = tf.logSoftmax(logits);
		const loss = tf.div<Scalar>(tf.neg(tf.sum(tf.mul(logP, truth))), n);
		const wrong = tf.notEqual(tf.argMax(logits, 1), tf.tensor1d(labels, 'int32'));
		const error = tf.mean<Scalar>(tf.cast(wrong, 'float32'));
		const dLogits = tf.div<Tensor2D>(tf.sub(tf.exp(logP), truth), n);
		return { loss, error, dLogits };
	});
}

/** Share of the channels that are 0 at every pixel of every image. */
export const deadShare = (z: Tensor): Measured =>
	tf.tidy(() => {
		const most = tf.max(tf.abs(z), [0, 1, 2]);
		return tf.mean<Scalar>(tf.cast(tf.equal(most, 0), 'float32'));
	});

/** See `UpdateConstants`; `g` is multiplied by `factor` first. `change` is what was taken off w. */
export const update = (
	{ w, v, s }: Weight,
	g: Tensor,
	{ optimiser, learningRate, momentum, weightDecay, correction }: UpdateConstants,
	factor: number
) =>
	tf.tidy(() => {
		const after = OPTIMISER_RULES[optimiser].update<Tensor>(TENSORS, {
			w,
			g: tf.mul(g, factor),
			v,
			s: s ?? tf.scalar(0),
			learningRate: tf.scalar(learningRate),
			momentum: tf.scalar(momentum),
			weightDecay: tf.scalar(weightDecay),
			correction: tf.scalar(correction)
		});
		return { ...after, w: tf.sub(w, after.change), s: after.s ?? s?.clone() };
	});

/** All readings in one transfer, in order; disposes those that are tensors. */
export async function collect(readings: readonly Measured[]): Promise<Float32Array> {
	const tensors = readings.filter((reading) => typeof reading !== 'number');
	const together = tensors.length ? tf.tidy(() => tf.stack(tensors)) : null;
	tf.dispose(tensors);
	const values = together ? await together.data<'float32'>() : new Float32Array();
	together?.dispose();
	let next = 0;
	return Float32Array.from(readings, (reading) =>
		typeof reading === 'number' ? reading : values[next++]
	);
}
