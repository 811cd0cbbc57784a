/** Convolution and dense layer of the reference engine. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { NetworkNode } from '$lib/network';
import { inputOf, type Pass, type Reference } from './pass';

type Biased = NetworkNode<'conv' | 'dense'>;

function withBias({ id, bias }: Biased, y: Tensor, { ops, weight }: Pass): Tensor {
	if (!bias) return y;
	const biased = ops.addBias(y, weight(id, 'bias') as Tensor1D);
	y.dispose();
	return biased;
}

const biasGradient = ({ bias }: Biased, dy: Tensor, { ops }: Pass) =>
	bias ? { bias: ops.biasGradient(dy) } : {};

/** 1 where an input channel and a filter are in the same group, else 0: `[Cin, filters]`. */
const sameGroup = (channels: number, filters: number, groups: number) =>
	tf.tensor2d(
		Float32Array.from({ length: channels * filters }, (_, i) => {
			const [c, f] = [Math.floor(i / filters), i % filters];
			return Math.floor((c * groups) / channels) === Math.floor((f * groups) / filters) ? 1 : 0;
		}),
		[channels, filters]
	);

/**
 * The kernel over all input channels of a convolution in groups, `[kh, kw, Cin, filters]`, with zeros between groups:
 * the convolution of all channels with it is the same. tfjs has no kernels for groups.
 */
function overAllChannels(kernel: Tensor4D, groups: number): Tensor4D {
	if (groups === 1) return tf.clone(kernel);
	const [, , together, filters] = kernel.shape;
	return tf.tidy(() =>
		tf.mul(tf.tile(kernel, [1, 1, groups, 1]), sameGroup(together * groups, filters, groups))
	);
}

/** The adjoint of `overAllChannels`. Disposes its argument. */
function overOwnChannels(gradient: Tensor4D, groups: number): Tensor4D {
	if (groups === 1) return gradient;
	const [kh, kw, channels, filters] = gradient.shape;
	const together = channels / groups;
	const own = tf.tidy(() => {
		const masked = tf.mul(gradient, sameGroup(channels, filters, groups));
		const byGroup = tf.reshape(masked, [kh * kw, groups, together * filters]);
		return tf.reshape(tf.sum(byGroup, 1), [kh, kw, together, filters]);
	});
	gradient.dispose();
	return own as Tensor4D;
}

export const conv: Reference<'conv'> = {
	forward(node, pass) {
		const { groups = 1 } = node;
		const kernel = overAllChannels(pass.weight(node.id, 'kernel') as Tensor4D, groups);
		const y = pass.ops.convolve(inputOf(node, pass), kernel, node);
		kernel.dispose();
		return withBias(node, y, pass);
	},
	backward(node, dy, pass) {
		const { ops, weight, image, kernels } = pass;
		const { groups = 1 } = node;
		const x = inputOf(node, pass);
		const dy4 = dy as Tensor4D;
		const kernel = overAllChannels(weight(node.id, 'kernel') as Tensor4D, groups);
		const dx = node.inputs[0] === image ? null : ops.convInputGradient(dy4, kernel, x.shape, node);
		const gradient = kernels ? ops.convKernelGradient(x, dy4, kernel.shape, node) : null;
		kernel.dispose();
		return {
			inputs: [dx],
			parameters: {
				...(gradient && { kernel: overOwnChannels(gradient, groups) }),
				...biasGradient(node, dy, pass)
			}
		};
	}
};

export const dense: Reference<'dense'> = {
	forward(node, pass) {
		const kernel = pass.weight(node.id, 'kernel') as Tensor2D;
		return withBias(node, tf.matMul(inputOf<Tensor2D>(node, pass), kernel), pass);
	},
	backward(node, dy, pass) {
		const x = inputOf<Tensor2D>(node, pass);
		const kernel = pass.weight(node.id, 'kernel') as Tensor2D;
		return {
			inputs: [tf.matMul(dy as Tensor2D, kernel, false, true)],
			parameters: {
				kernel: tf.matMul(x, dy as Tensor2D, true, false),
				...biasGradient(node, dy, pass)
			}
		};
	}
};
