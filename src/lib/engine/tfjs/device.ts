/**
 * The operations of a step built from tfjs kernels, for any backend. They are the reference, and train networks that
 * our kernels cannot. `host.ts` overrides those that run faster as loops over arrays.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { OPS, type Activation, type Operation } from '$lib/network';
import { ACTIVATION_FORMULAS } from '../math/activations';
import { OPTIMISER_RULES } from '../math/optimisers';
import { EPSILON } from '../normalisation';
import type { UpdateConstants } from '../optimiser';
import { TENSORS } from './terms';

export type Shape4 = Tensor4D['shape'];

/** Geometry of a convolution. The kernel's shape gives its size; padding is explicit zeros on each side. */
export interface ConvolutionGeometry {
	readonly stride: number;
	readonly padding: number;
}

/** The same zeros on all sides. Given one number, tfjs takes a kernel's height for its width. */
const zerosAround = (padding: number): [number, number][] => [
	[0, 0],
	[padding, padding],
	[padding, padding],
	[0, 0]
];

const geometryOf = ({ stride, padding }: ConvolutionGeometry) => ({
	strides: [stride, stride],
	pad: zerosAround(padding),
	dataFormat: 'NHWC',
	dimRoundingMode: 'floor'
});

export type MaxPool = Omit<Operation<'maxPool'>, 'type'>;
export type AveragePool = Omit<Operation<'averagePool'>, 'type'>;

/** The shapes of a pooling's output. */
export const maxPooled = ([n, ...map]: Shape4, op: MaxPool): Shape4 =>
	[n, ...OPS.maxPool.derive(op, [map]).output] as Shape4;
export const averagePooled = ([n, ...map]: Shape4, op: AveragePool): Shape4 =>
	[n, ...OPS.averagePool.derive(op, [map]).output] as Shape4;

/** Below all other numbers, so that padding never is the largest. */
const LOWEST = -3.4e38;

/** Rows and columns that the windows of a pooling cover, and where they begin and end around those of x. */
function covered(
	[n, height, width, channels]: Shape4,
	[, h, w]: Shape4,
	{ kernel, stride, padding = 0 }: AveragePool & { readonly padding?: number }
) {
	const rows = (h - 1) * stride + kernel;
	const columns = (w - 1) * stride + kernel;
	const [below, right] = [rows - padding - height, columns - padding - width];
	return {
		rows,
		columns,
		/** x, cut where no window reaches and padded where one reaches beyond. */
		of: (x: Tensor4D): Tensor4D => {
			const around = [
				[0, 0],
				[padding, Math.max(below, 0)],
				[padding, Math.max(right, 0)],
				[0, 0]
			] as [number, number][];
			const wide = padding || below > 0 || right > 0 ? tf.pad(x, around, LOWEST) : x;
			return tf.slice(wide, [0, 0, 0, 0], [n, rows, columns, channels]);
		},
		/** The adjoint of `of`. */
		back: (dx: Tensor4D): Tensor4D => {
			const around = [
				[0, 0],
				[0, Math.max(-below, 0)],
				[0, Math.max(-right, 0)],
				[0, 0]
			] as [number, number][];
			return tf.slice(tf.pad(dx, around), [0, padding, padding, 0], [n, height, width, channels]);
		}
	};
}

/** Mean and variance of each channel, of a batch or as running averages. */
export type Statistics = { readonly mean: Tensor1D; readonly variance: Tensor1D };

/** A number that is still on the device or already read; `collect` reads many together. */
export type Measured = Scalar | number;

/** A parameter w with the optimiser's state; `s` is absent before the first step of an optimiser that keeps it. */
export type Weight = { readonly w: Tensor; readonly v: Tensor; readonly s?: Tensor };

const allButLast = (x: Tensor) => Array.from({ length: x.rank - 1 }, (_, i) => i);

/**
 * Shapes: images `[N, H, W, C]`, kernels `[kh, kw, Cin, Cout]`, per-channel vectors `[C]`,
 * logits `[N, classes]`. `dy` is the loss's gradient with respect to an output, `dx` with respect to an input. Every
 * function returns new tensors, disposes none of its arguments, and leaves nothing else on the device.
 */
export class DeviceOps {
	convolve(x: Tensor4D, kernel: Tensor4D, { stride, padding }: ConvolutionGeometry): Tensor4D {
		const pad = zerosAround(padding) as Parameters<typeof tf.conv2d>[3];
		return tf.conv2d(x, kernel, stride, pad, 'NHWC', 1, 'floor');
	}

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
	 * The gradient through normalisation by the batch's own mean and variance. With x̂ = (x − mean) / s, s = √(variance + ε), n values per channel:
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

	/** PyTorch's: a window counts only values of x, and of equal ones the first is the largest. */
	maxPool(x: Tensor4D, op: MaxPool): Tensor4D {
		const { kernel, stride } = op;
		return tf.tidy(() =>
			tf.maxPool(covered(x.shape, maxPooled(x.shape, op), op).of(x), kernel, stride, 'valid')
		);
	}

	maxPoolGradient(dy: Tensor4D, x: Tensor4D, op: MaxPool): Tensor4D {
		return tf.tidy(() => {
			const { of, back } = covered(x.shape, dy.shape, op);
			// tfjs gives the gradient to the last of equal values; reversed, that is the first.
			const reversed = (map: Tensor4D) => tf.reverse(map, [1, 2]);
			const input = reversed(of(x));
			const window = { filterSize: op.kernel, strides: op.stride, pad: 'valid' };
			const output = tf.maxPool(input, op.kernel, op.stride, 'valid');
			const inputs = { dy: reversed(dy), input, output };
			return back(reversed(tf.engine().runKernel<Tensor4D>(tf.MaxPoolGrad, inputs, window)));
		});
	}

	averagePool(x: Tensor4D, op: AveragePool): Tensor4D {
		const { kernel, stride } = op;
		return tf.tidy(() =>
			tf.avgPool(covered(x.shape, averagePooled(x.shape, op), op).of(x), kernel, stride, 'valid')
		);
	}

	averagePoolGradient(dy: Tensor4D, xShape: Shape4, op: AveragePool): Tensor4D {
		return tf.tidy(() => {
			const [n, , , channels] = xShape;
			const { rows, columns, back } = covered(xShape, dy.shape, op);
			// The kernel reads only the shape of its input.
			const inputs = { dy, input: tf.zeros([n, rows, columns, channels]) };
			const window = { filterSize: op.kernel, strides: op.stride, pad: 'valid' };
			return back(tf.engine().runKernel<Tensor4D>(tf.AvgPoolGrad, inputs, window));
		});
	}

	/** Σ a b, as a vector of one number. */
	dot(a: Tensor, b: Tensor): Tensor1D {
		return tf.tidy(() => tf.reshape(tf.sum(tf.mul(a, b)), [1]));
	}

	/** √Σx², scaled so that values from 1e-25 to 1e25 neither underflow nor overflow. */
	norm(x: Tensor): Measured {
		return tf.tidy(() => {
			const largest = tf.max(tf.abs(x));
			// If all values are 0, divide by 1.
			const unit = tf.add(largest, tf.cast(tf.equal(largest, 0), 'float32'));
			return tf.mul<Scalar>(largest, tf.sqrt(tf.sum(tf.square(tf.div(x, unit)))));
		});
	}

	/** √(Σ(x − mean)² / n) */
	std(x: Tensor): Measured {
		return tf.tidy(() => tf.sqrt<Scalar>(tf.mean(tf.square(tf.sub(x, tf.mean(x))))));
	}
}

/** Mean softmax cross-entropy, share of wrong answers, and the loss's gradient with respect to the logits. */
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
		const most = tf.max(tf.abs(z), allButLast(z));
		return tf.mean<Scalar>(tf.cast(tf.equal(most, 0), 'float32'));
	});

/** Makes an optimiser's step; see `UpdateConstants`. Multiplies `g` by `factor` first; `change` is the amount subtracted from w. */
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

/** Reads all measured numbers in one transfer, in order, and disposes the tensors among them. */
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
