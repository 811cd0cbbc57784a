/**
 * A step's operations composed of tfjs kernels, for any backend: the reference, and what trains networks that our
 * kernels do not know.
 * Every function runs in a tidy, so that nothing but its results stays on the device.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Activation } from '$lib/network';
import { ACTIVATION_FORMULAS } from '../math/activations';
import { OPTIMISER_RULES } from '../math/optimisers';
import { EPSILON, RUNNING_RATE } from '../normalisation';
import type { UpdateConstants } from '../optimiser';
import type { ConvolutionGeometry, Ops, Measured } from './ops';
import { TENSORS } from './terms';

const ALL_BUT_LAST = (x: tf.Tensor) => Array.from({ length: x.rank - 1 }, (_, i) => i);

export class DeviceOps implements Ops {
	conv(x: tf.Tensor4D, kernel: tf.Tensor4D, { stride, padding }: ConvolutionGeometry): tf.Tensor4D {
		return tf.conv2d(x, kernel, stride, padding, 'NHWC', 1, 'floor');
	}

	convInputGradient(
		dy: tf.Tensor4D,
		filter: tf.Tensor4D,
		inputShape: tf.Tensor4D['shape'],
		{ stride, padding }: ConvolutionGeometry
	): tf.Tensor4D {
		return tf.engine().runKernel(
			tf.Conv2DBackpropInput,
			{ dy, filter },
			{
				strides: [stride, stride],
				pad: padding,
				dataFormat: 'NHWC',
				dimRoundingMode: 'floor',
				inputShape
			}
		) as tf.Tensor4D;
	}

	convKernelGradient(
		x: tf.Tensor4D,
		dy: tf.Tensor4D,
		filterShape: tf.Tensor4D['shape'],
		{ stride, padding }: ConvolutionGeometry
	): tf.Tensor4D {
		return tf.engine().runKernel(
			tf.Conv2DBackpropFilter,
			{ x, dy },
			{
				strides: [stride, stride],
				pad: padding,
				dataFormat: 'NHWC',
				dimRoundingMode: 'floor',
				filterShape
			}
		) as tf.Tensor4D;
	}

	addBias<T extends tf.Tensor>(x: T, bias: tf.Tensor1D): T {
		return tf.add(x, bias);
	}

	biasGradient(dy: tf.Tensor): tf.Tensor1D {
		return tf.sum(dy, ALL_BUT_LAST(dy));
	}

	moments(x: tf.Tensor4D) {
		return tf.tidy(() => {
			const mean = tf.mean<tf.Tensor1D>(x, [0, 1, 2]);
			const variance = tf.mean<tf.Tensor1D>(tf.square(tf.sub(x, mean)), [0, 1, 2]);
			return { mean, variance };
		});
	}

	normalise(
		x: tf.Tensor4D,
		mean: tf.Tensor1D,
		variance: tf.Tensor1D,
		gamma: tf.Tensor1D,
		beta: tf.Tensor1D
	): tf.Tensor4D {
		return tf.batchNorm4d(x, mean, variance, beta, gamma, EPSILON);
	}

	/**
	 * With x̂ = (x − mean) / s, s = √(variance + ε), n values a channel:
	 * dβ = Σdy, dγ = Σ dy x̂, dx = γ/s (dy − dβ/n − x̂ dγ/n).
	 */
	normaliseGradient(
		dy: tf.Tensor4D,
		x: tf.Tensor4D,
		mean: tf.Tensor1D,
		variance: tf.Tensor1D,
		gamma: tf.Tensor1D
	) {
		return tf.tidy(() => {
			const n = x.size / mean.size;
			const inverse = tf.rsqrt(tf.add(variance, EPSILON));
			const xHat = tf.mul(tf.sub(x, mean), inverse);
			const dBeta = tf.sum<tf.Tensor1D>(dy, [0, 1, 2]);
			const dGamma = tf.sum<tf.Tensor1D>(tf.mul(dy, xHat), [0, 1, 2]);
			const centred = tf.sub(tf.sub(dy, tf.div(dBeta, n)), tf.mul(xHat, tf.div(dGamma, n)));
			const dx = tf.mul<tf.Tensor4D>(centred, tf.mul(gamma, inverse));
			return { dx, dGamma, dBeta };
		});
	}

	updateRunning(running: tf.Tensor1D, batch: tf.Tensor1D, unbias: number) {
		return tf.tidy(() =>
			tf.add<tf.Tensor1D>(tf.mul(running, 1 - RUNNING_RATE), tf.mul(batch, RUNNING_RATE * unbias))
		);
	}

	activation(x: tf.Tensor4D, kind: Activation): tf.Tensor4D {
		return tf.tidy(() => ACTIVATION_FORMULAS[kind].value(TENSORS, x) as tf.Tensor4D);
	}

	activationGradient(dy: tf.Tensor4D, y: tf.Tensor4D, kind: Activation): tf.Tensor4D {
		return tf.tidy(() => ACTIVATION_FORMULAS[kind].gradient(TENSORS, dy, y) as tf.Tensor4D);
	}

	subsample(x: tf.Tensor4D, stride: number, channels: number): tf.Tensor4D {
		return tf.tidy(() => {
			const picked = tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, stride, stride, 1]);
			const added = channels - x.shape[3];
			return tf.pad(picked as tf.Tensor4D, [
				[0, 0],
				[0, 0],
				[0, 0],
				[0, added]
			]);
		});
	}

	/** The adjoint: the channels that were there, each pixel followed by stride − 1 zeros on both axes. */
	subsampleGradient(
		dy: tf.Tensor4D,
		[n, height, width, channels]: tf.Tensor4D['shape'],
		stride: number
	): tf.Tensor4D {
		return tf.tidy(() => {
			const [, h, w] = dy.shape;
			const kept = tf.slice(dy, [0, 0, 0, 0], [n, h, w, channels]);
			const gap: [number, number] = [0, stride - 1];
			const wide = tf.pad(tf.reshape(kept, [n * h * w, 1, channels]), [[0, 0], gap, [0, 0]]);
			const tall = tf.pad(tf.reshape(wide, [n * h, 1, w * stride * channels]), [
				[0, 0],
				gap,
				[0, 0]
			]);
			const whole = tf.reshape(tall, [n, h * stride, w * stride, channels]);
			return tf.slice(whole, [0, 0, 0, 0], [n, height, width, channels]) as tf.Tensor4D;
		});
	}

	addGated(y: tf.Tensor4D, shortcut: tf.Tensor4D, gate: number): tf.Tensor4D {
		if (gate === 0) return y.clone();
		return tf.tidy(() => tf.add(y, gate === 1 ? shortcut : tf.mul(shortcut, gate)));
	}

	scale(dy: tf.Tensor4D, gate: number): tf.Tensor4D {
		return gate === 1 ? dy.clone() : tf.mul(dy, gate);
	}

	sum(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
		return tf.add(a, b);
	}

	pool(x: tf.Tensor4D): tf.Tensor2D {
		return tf.mean(x, [1, 2]);
	}

	poolGradient(dy: tf.Tensor2D, xShape: tf.Tensor4D['shape']): tf.Tensor4D {
		return tf.tidy(() => {
			const [n, h, w, c] = xShape;
			return tf.mul<tf.Tensor4D>(
				tf.reshape(tf.div(dy, h * w), [n, 1, 1, c]),
				tf.ones([n, h, w, c])
			);
		});
	}

	dense(x: tf.Tensor2D, kernel: tf.Tensor2D): tf.Tensor2D {
		return tf.matMul(x, kernel);
	}

	denseGradients(x: tf.Tensor2D, dy: tf.Tensor2D, kernel: tf.Tensor2D) {
		return {
			dx: tf.matMul<tf.Tensor2D>(dy, kernel, false, true),
			dKernel: tf.matMul<tf.Tensor2D>(x, dy, true, false)
		};
	}

	crossEntropy(logits: tf.Tensor2D, labels: Int32Array) {
		return tf.tidy(() => {
			const [n, classes] = logits.shape;
			const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), classes);
			const logP = tf.logSoftmax(logits);
			const loss = tf.div<tf.Scalar>(tf.neg(tf.sum(tf.mul(logP, truth))), n);
			const wrong = tf.notEqual(tf.argMax(logits, 1), tf.tensor1d(labels, 'int32'));
			const error = tf.mean<tf.Scalar>(tf.cast(wrong, 'float32'));
			const dLogits = tf.div<tf.Tensor2D>(tf.sub(tf.exp(logP), truth), n);
			return { loss, error, dLogits };
		});
	}

	norm(x: tf.Tensor): Measured {
		return tf.tidy(() => {
			const largest = tf.max(tf.abs(x));
			// Where all is 0 the division is by 1.
			const unit = tf.add(largest, tf.cast(tf.equal(largest, 0), 'float32'));
			return tf.mul<tf.Scalar>(largest, tf.sqrt(tf.sum(tf.square(tf.div(x, unit)))));
		});
	}

	std(x: tf.Tensor): Measured {
		return tf.tidy(() => tf.sqrt<tf.Scalar>(tf.mean(tf.square(tf.sub(x, tf.mean(x))))));
	}

	deadShare(z: tf.Tensor4D): Measured {
		return tf.tidy(() => {
			const most = tf.max(tf.abs(z), [0, 1, 2]);
			return tf.mean<tf.Scalar>(tf.cast(tf.equal(most, 0), 'float32'));
		});
	}

	update<T extends tf.Tensor>(
		{ w, v, s }: { readonly w: T; readonly v: T; readonly s: T | null },
		g: T,
		{ optimiser, learningRate, momentum, weightDecay, correction }: UpdateConstants,
		factor: number
	): { w: T; v: T; s: T | null; change: T } {
		const [after, velocity, change, squares] = tf.tidy(() => {
			const updated = OPTIMISER_RULES[optimiser].update<tf.Tensor>(TENSORS, {
				w,
				g: tf.mul(g, factor),
				v,
				s: s ?? tf.scalar(0),
				learningRate: tf.scalar(learningRate),
				momentum: tf.scalar(momentum),
				weightDecay: tf.scalar(weightDecay),
				correction: tf.scalar(correction)
			});
			const square = updated.s ?? s?.clone();
			return [tf.sub(w, updated.change), updated.v, updated.change, ...(square ? [square] : [])];
		}) as [T, T, T, T?];
		return { w: after, v: velocity, s: squares ?? null, change };
	}

	async collect(readings: readonly Measured[]): Promise<Float32Array> {
		const tensors = readings.filter((reading) => typeof reading !== 'number');
		const together = tensors.length
			? tf.tidy(() => tf.stack(tensors.map((scalar) => tf.reshape(scalar, []))))
			: null;
		tf.dispose(tensors);
		const values = together ? await together.data<'float32'>() : new Float32Array();
		together?.dispose();
		let next = 0;
		return Float32Array.from(readings, (reading) =>
			typeof reading === 'number' ? reading : values[next++]
		);
	}
}
