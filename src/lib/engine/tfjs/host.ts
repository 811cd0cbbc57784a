/**
 * The operations of a step for the wasm and cpu backends: loops over the tensors' values in main memory, with XNNPACK's
 * convolution and matrix product where tfjs has them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Activation } from '$lib/network';
import { ACTIVATION_FORMULAS } from '../math/activations';
import { NUMBERS } from '../math/terms';
import {
	averagePooled,
	DeviceOps,
	maxPooled,
	type AveragePool,
	type ConvolutionGeometry,
	type MaxPool,
	type Measured,
	type Shape4,
	type Statistics
} from './device';
import { computeOnHost, fillOnHost, type Values } from './memory';
import { EPSILON } from '../normalisation';

export class HostOps extends DeviceOps {
	/** A convolution of dy, spread by the stride, with the flipped and transposed kernel. */
	override convInputGradient(
		dy: Tensor4D,
		kernel: Tensor4D,
		xShape: Shape4,
		{ stride, padding }: ConvolutionGeometry
	): Tensor4D {
		const [kh, kw] = kernel.shape;
		return tf.tidy(() => {
			const flipped = flip(kernel);
			if (stride === 1 && kh === kw && padding < kh)
				return this.convolve(dy, flipped, { stride, padding: kh - 1 - padding });
			const wide = spread(dy, xShape, [kh, kw], stride, padding);
			return this.convolve(wide, flipped, { stride: 1, padding: 0 });
		});
	}

	/** A matrix product of the patches of x (one row per weight of a filter) and dy. */
	override convKernelGradient(
		x: Tensor4D,
		dy: Tensor4D,
		kernelShape: Shape4,
		conv: ConvolutionGeometry
	): Tensor4D {
		return tf.tidy(() => {
			const [n, h, w, filters] = dy.shape;
			const patches = patchRows(x, dy.shape, kernelShape, conv);
			const flat = tf.reshape(dy, [n * h * w, filters]) as Tensor2D;
			return tf.reshape(tf.matMul(patches, flat), kernelShape) as Tensor4D;
		});
	}

	override addBias<T extends Tensor>(x: T, bias: Tensor1D): T {
		return fillOnHost(x.shape, [x, bias], (out, x, bias) => {
			const channels = bias.length;
			for (let i = 0; i < x.length;)
				for (let c = 0; c < channels; c++, i++) out[i] = x[i] + bias[c];
		});
	}

	override biasGradient(dy: Tensor): Tensor1D {
		const channels = dy.shape[dy.rank - 1];
		return fillOnHost([channels], [dy], (out, dy) => out.set(channelSums(dy, channels)));
	}

	override moments(x: Tensor4D): Statistics {
		const channels = x.shape[3];
		const [mean, variance] = computeOnHost<[Tensor1D, Tensor1D]>(
			[[channels], [channels]],
			[x],
			(out, [x]) => {
				const n = x.length / channels;
				const mean = channelSums(x, channels).map((total) => total / n);
				const squares = new Float64Array(channels);
				for (let i = 0; i < x.length;)
					for (let c = 0; c < channels; c++, i++) {
						const centred = x[i] - mean[c];
						squares[c] += centred * centred;
					}
				out[0].set(mean);
				out[1].set(squares.map((total) => total / n));
			}
		);
		return { mean, variance };
	}

	override normalise(x: Tensor4D, used: Statistics, gamma: Tensor1D, beta: Tensor1D): Tensor4D {
		const inputs = [x, used.mean, used.variance, gamma, beta];
		return fillOnHost(x.shape, inputs, (out, x, mean, variance, gamma, beta) => {
			const channels = mean.length;
			const factor = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c] + EPSILON));
			for (let i = 0; i < x.length;)
				for (let c = 0; c < channels; c++, i++) out[i] = (x[i] - mean[c]) * factor[c] + beta[c];
		});
	}

	override normaliseGradient(dy: Tensor4D, x: Tensor4D, used: Statistics, gamma: Tensor1D) {
		const channels = gamma.size;
		const [dx, dGamma, dBeta] = computeOnHost<[Tensor4D, Tensor1D, Tensor1D]>(
			[x.shape, [channels], [channels]],
			[dy, x, used.mean, used.variance, gamma],
			([dx, dGamma, dBeta], [dy, x, mean, variance, gamma]) => {
				const n = x.length / channels;
				const inverse = Float64Array.from(variance, (v) => 1 / Math.sqrt(v + EPSILON));
				const sums = new Float64Array(channels);
				const products = new Float64Array(channels);
				for (let i = 0; i < x.length;)
					for (let c = 0; c < channels; c++, i++) {
						sums[c] += dy[i];
						products[c] += dy[i] * (x[i] - mean[c]);
					}
				dBeta.set(sums);
				dGamma.set(products.map((total, c) => total * inverse[c]));
				const factor = inverse.map((s, c) => s * gamma[c]);
				const slope = products.map((total, c) => (total * inverse[c] * inverse[c]) / n);
				const offset = sums.map((total) => total / n);
				for (let i = 0; i < x.length;)
					for (let c = 0; c < channels; c++, i++)
						dx[i] = factor[c] * (dy[i] - offset[c] - (x[i] - mean[c]) * slope[c]);
			}
		);
		return { dx, dGamma, dBeta };
	}

	override activation(x: Tensor4D, kind: Activation): Tensor4D {
		const { value } = ACTIVATION_FORMULAS[kind];
		return fillOnHost(x.shape, [x], (out, x) => {
			for (let i = 0; i < x.length; i++) out[i] = value(NUMBERS, x[i]);
		});
	}

	override activationGradient(dy: Tensor4D, y: Tensor4D, kind: Activation): Tensor4D {
		const { gradient } = ACTIVATION_FORMULAS[kind];
		return fillOnHost(dy.shape, [dy, y], (out, dy, y) => {
			for (let i = 0; i < y.length; i++) out[i] = gradient(NUMBERS, dy[i], y[i]);
		});
	}

	override maxPool(x: Tensor4D, op: MaxPool): Tensor4D {
		const shape = maxPooled(x.shape, op);
		return fillOnHost(shape, [x], (out, x_) => {
			out.fill(-Infinity);
			eachTap(x.shape, shape, op, (from, to) => {
				if (exceeds(x_[from], out[to])) out[to] = x_[from];
			});
		});
	}

	override maxPoolGradient(dy: Tensor4D, x: Tensor4D, op: MaxPool): Tensor4D {
		return fillOnHost(x.shape, [x, dy], (dx, x_, dy_) => {
			const largest = new Float32Array(dy_.length).fill(-Infinity);
			const place = new Int32Array(dy_.length);
			eachTap(x.shape, dy.shape, op, (from, to) => {
				if (!exceeds(x_[from], largest[to])) return;
				largest[to] = x_[from];
				place[to] = from;
			});
			dx.fill(0);
			for (let i = 0; i < dy_.length; i++) dx[place[i]] += dy_[i];
		});
	}

	override averagePool(x: Tensor4D, op: AveragePool): Tensor4D {
		const shape = averagePooled(x.shape, op);
		return fillOnHost(shape, [x], (out, x_) => {
			out.fill(0);
			eachTap(x.shape, shape, op, (from, to) => (out[to] += x_[from] / op.kernel ** 2));
		});
	}

	override averagePoolGradient(dy: Tensor4D, xShape: Shape4, op: AveragePool): Tensor4D {
		return fillOnHost(xShape, [dy], (dx, dy_) => {
			dx.fill(0);
			eachTap(xShape, dy.shape, op, (from, to) => (dx[from] += dy_[to] / op.kernel ** 2));
		});
	}

	override dot(a: Tensor, b: Tensor): Tensor1D {
		return fillOnHost([1], [a, b], (out, a, b) => {
			let total = 0;
			for (let i = 0; i < a.length; i++) total += a[i] * b[i];
			out[0] = total;
		});
	}

	/** Summed in 64-bit floats, so that squares neither underflow nor overflow. */
	override norm(x: Tensor): Measured {
		let total = 0;
		computeOnHost([], [x], (_, [x]) => {
			for (let i = 0; i < x.length; i++) total += x[i] * x[i];
		});
		return Math.sqrt(total);
	}

	override std(x: Tensor): Measured {
		let squares = 0;
		computeOnHost([], [x], (_, [x]) => {
			let sum = 0;
			for (let i = 0; i < x.length; i++) sum += x[i];
			const mean = sum / x.length;
			for (let i = 0; i < x.length; i++) squares += (x[i] - mean) ** 2;
		});
		return Math.sqrt(squares / x.size);
	}
}

/** Whether a value takes the place of the largest so far; one that is not a number does, and stays. */
const exceeds = (value: number, largest: number) => value > largest || Number.isNaN(value);

/** Calls `visit` with the position of a value and that of each window it is in, windows' values from left to right and top to bottom. */
function eachTap(
	[n, height, width, channels]: Shape4,
	[, outHeight, outWidth]: Shape4,
	{ kernel, stride, padding = 0 }: AveragePool & { readonly padding?: number },
	visit: (from: number, to: number) => void
): void {
	for (let image = 0; image < n; image++)
		for (let oy = 0; oy < outHeight; oy++)
			for (let ox = 0; ox < outWidth; ox++) {
				const to = ((image * outHeight + oy) * outWidth + ox) * channels;
				const [top, left] = [oy * stride - padding, ox * stride - padding];
				for (let y = Math.max(0, top); y < Math.min(height, top + kernel); y++)
					for (let x = Math.max(0, left); x < Math.min(width, left + kernel); x++) {
						const from = ((image * height + y) * width + x) * channels;
						for (let c = 0; c < channels; c++) visit(from + c, to + c);
					}
			}
}

function channelSums(x: Values, channels: number): Float64Array {
	const sums = new Float64Array(channels);
	for (let i = 0; i < x.length;) for (let c = 0; c < channels; c++, i++) sums[c] += x[i];
	return sums;
}

/** `[kh, kw, Cin, Cout]` → `[kh, kw, Cout, Cin]`, rotated by 180°. */
function flip(kernel: Tensor4D): Tensor4D {
	const [kh, kw, channels, filters] = kernel.shape;
	return fillOnHost([kh, kw, filters, channels], [kernel], (out, kernel) => {
		const taps = kh * kw;
		for (let tap = 0; tap < taps; tap++)
			for (let i = 0; i < channels; i++)
				for (let o = 0; o < filters; o++)
					out[((taps - 1 - tap) * filters + o) * channels + i] =
						kernel[(tap * channels + i) * filters + o];
	});
}

/**
 * Puts stride − 1 zeros between the pixels of dy and zeros around it, so that a valid convolution with the flipped
 * kernel has the input's shape.
 */
function spread(
	dy: Tensor4D,
	[n, height, width]: Shape4,
	[kh, kw]: [number, number],
	stride: number,
	padding: number
): Tensor4D {
	const [, h, w, filters] = dy.shape;
	const shape = [n, height + kh - 1, width + kw - 1, filters];
	return fillOnHost(shape, [dy], (out, dy) => {
		out.fill(0);
		for (let image = 0; image < n; image++)
			for (let y = 0; y < h; y++) {
				const row = y * stride + kh - 1 - padding;
				// A pixel whose kernel lies in the padding alone reaches nothing.
				if (row < 0 || row >= shape[1]) continue;
				for (let x = 0; x < w; x++) {
					const column = x * stride + kw - 1 - padding;
					if (column < 0 || column >= shape[2]) continue;
					const to = ((image * shape[1] + row) * shape[2] + column) * filters;
					const from = ((image * h + y) * w + x) * filters;
					for (let f = 0; f < filters; f++) out[to + f] = dy[from + f];
				}
			}
	});
}

/**
 * The patches that each weight of a filter sees, `[kh · kw · Cin, N · H′ · W′]`: row (a, b, c) holds
 * channel c of x shifted by (a, b), zero outside the image.
 */
function patchRows(
	x: Tensor4D,
	[n, outHeight, outWidth]: Shape4,
	[kh, kw, channels]: Shape4,
	{ stride, padding }: ConvolutionGeometry
): Tensor2D {
	const [, height, width] = x.shape;
	const columns = n * outHeight * outWidth;
	return fillOnHost([kh * kw * channels, columns], [x], (out, x) => {
		let to = 0;
		for (let a = 0; a < kh; a++)
			for (let b = 0; b < kw; b++) {
				const left = b - padding;
				const first = Math.min(outWidth, Math.max(0, Math.ceil(-left / stride)));
				const end = Math.max(first, Math.min(outWidth, Math.ceil((width - left) / stride)));
				for (let c = 0; c < channels; c++)
					for (let image = 0; image < n; image++)
						for (let oy = 0; oy < outHeight; oy++, to += outWidth) {
							const y = oy * stride + a - padding;
							if (y < 0 || y >= height) {
								out.fill(0, to, to + outWidth);
								continue;
							}
							for (let ox = 0; ox < first; ox++) out[to + ox] = 0;
							let from = ((image * height + y) * width + first * stride + left) * channels + c;
							for (let ox = first; ox < end; ox++, from += stride * channels)
								out[to + ox] = x[from];
							for (let ox = end; ox < outWidth; ox++) out[to + ox] = 0;
						}
			}
	});
}
