/** The operations of the reference engine that pick, join and pool the values of maps. */
import { entry } from '$lib/base/entry';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { inputOf, type Reference } from './pass';

/** Option A: every `stride`-th pixel, with zeros in the added channels. */
export const subsample: Reference<'subsample'> = {
	forward: (node, pass) =>
		tf.tidy(() => {
			const { stride, channels } = node;
			const x = inputOf(node, pass);
			const picked = tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, stride, stride, 1]);
			const added = channels - x.shape[3];
			return tf.pad(picked, [...Array<[number, number]>(3).fill([0, 0]), [0, added]]);
		}),
	// The adjoint: only the original channels, with each pixel followed by stride − 1 zeros on both axes.
	backward: (node, dy, pass) => ({
		inputs: [
			tf.tidy(() => {
				const { stride } = node;
				const [n, height, width, channels] = inputOf(node, pass).shape;
				const [, h, w] = dy.shape as Tensor4D['shape'];
				const kept = tf.slice(dy, [0, 0, 0, 0], [n, h, w, channels]);
				const pad: [number, number][] = [
					[0, 0],
					[0, stride - 1],
					[0, 0]
				];
				const wide = tf.pad(tf.reshape(kept, [n * h * w, 1, channels]), pad);
				const tall = tf.pad(tf.reshape(wide, [n * h, 1, w * stride * channels]), pad);
				const whole = tf.reshape(tall, [n, h * stride, w * stride, channels]);
				return tf.slice(whole, [0, 0, 0, 0], [n, height, width, channels]);
			})
		]
	})
};

export const maxPool: Reference<'maxPool'> = {
	forward: (node, pass) => pass.ops.maxPool(inputOf(node, pass), node),
	backward: (node, dy, pass) => ({
		inputs: [pass.ops.maxPoolGradient(dy as Tensor4D, inputOf(node, pass), node)]
	})
};

export const averagePool: Reference<'averagePool'> = {
	forward: (node, pass) => pass.ops.averagePool(inputOf(node, pass), node),
	backward: (node, dy, pass) => ({
		inputs: [pass.ops.averagePoolGradient(dy as Tensor4D, inputOf(node, pass).shape, node)]
	})
};

export const globalAveragePool: Reference<'globalAveragePool'> = {
	forward: (node, pass) => tf.mean(inputOf(node, pass), [1, 2]),
	backward(node, dy, pass) {
		const [n, h, w, c] = inputOf(node, pass).shape;
		const share = () => tf.reshape(tf.div(dy, h * w), [n, 1, 1, c]);
		return { inputs: [tf.tidy(() => tf.mul(share(), tf.ones([n, h, w, c])))] };
	}
};

export const concat: Reference<'concat'> = {
	forward: ({ inputs }, { values }) =>
		tf.concat(
			inputs.map((id) => entry(values, id)),
			-1
		),
	backward({ inputs }, dy, { values }) {
		const channels = inputs.map((id) => (entry(values, id) as Tensor4D).shape[3]);
		return { inputs: tf.split(dy, channels, 3) };
	}
};

/** In the order of the layout: row, column, channel. */
export const flatten: Reference<'flatten'> = {
	forward(node, pass) {
		const x = inputOf<Tensor>(node, pass);
		return tf.reshape(x, [x.shape[0], x.size / x.shape[0]]);
	},
	backward: (node, dy, pass) => ({ inputs: [tf.reshape(dy, inputOf(node, pass).shape)] })
};
