/** The normalisations of the reference engine, of maps and of vectors. */
import { entry } from '$lib/base/entry';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { NetworkNode } from '$lib/network';
import { EPSILON } from '../normalisation';
import type { DeviceOps, Statistics } from './device';
import { inputOf, onePixelShape, type Pass, type Reference } from './pass';

/** A map, or a vector as a map of one pixel. The caller's `tidy` disposes it. */
const asMap = (x: Tensor): Tensor4D =>
	x.rank === 4 ? (x as Tensor4D) : tf.reshape(x, onePixelShape(x.shape));

export const batchNorm: Reference<'batchNorm'> = {
	forward(node, { ops, weight, running, statistics, values }) {
		const x = entry(values, node.inputs[0]);
		const [gamma, beta] = [weight(node.id, 'gamma'), weight(node.id, 'beta')] as Tensor1D[];
		let used = running(node.id);
		if (!used) {
			const { mean, variance } = tf.tidy(() => ops.moments(asMap(x)));
			statistics.set(node.id, (used = { mean, variance }));
		}
		const { mean, variance } = used;
		return tf.tidy(() =>
			tf.reshape(ops.normalise(asMap(x), { mean, variance }, gamma, beta), x.shape)
		);
	},
	backward(node, dy, { ops, weight, running, statistics, values }) {
		const gamma = weight(node.id, 'gamma') as Tensor1D;
		const x = entry(values, node.inputs[0]);
		const constants = running(node.id);
		const [dx, dGamma, dBeta] = tf.tidy(() => {
			const { dx, dGamma, dBeta } = constants
				? scaleGradient(dy, x, constants, gamma, ops)
				: ops.normaliseGradient(asMap(dy), asMap(x), entry(statistics, node.id), gamma);
			return [tf.reshape(dx, x.shape), dGamma, dBeta];
		});
		return { inputs: [dx], parameters: { gamma: dGamma, beta: dBeta } };
	}
};

/** The gradient through normalisation by running averages, which are constants: dx = γ dy / √(variance + ε). */
function scaleGradient(
	dy: Tensor,
	x: Tensor,
	{ mean, variance }: Statistics,
	gamma: Tensor1D,
	ops: DeviceOps
) {
	const inverse = tf.rsqrt(tf.add(variance, EPSILON));
	const xHat = tf.mul(tf.sub(x, mean), inverse);
	return {
		dx: tf.mul(dy, tf.mul(gamma, inverse)),
		dGamma: ops.biasGradient(tf.mul(dy, xHat)),
		dBeta: ops.biasGradient(dy)
	};
}

/** Standardises each group of channels of each image to mean 0 and variance 1; `mean` returns group means in the map's shape. */
function standardised(x: Tensor, groups: number) {
	const [n, height, width, channels] = asMap(x).shape;
	const pixels = height * width;
	const together = channels / groups;
	const mean = (values: Tensor) => {
		const grouped = tf.reshape(values, [n, pixels, groups, together]);
		const spread = tf.tile(tf.mean(grouped, [1, 3], true), [1, pixels, 1, together]);
		return tf.reshape(spread, x.shape);
	};
	const centred = tf.sub(x, mean(x));
	const inverse = tf.rsqrt(tf.add(mean(tf.square(centred)), EPSILON));
	return { xHat: tf.mul(centred, inverse), inverse, mean };
}

export const groupNorm: Reference<'groupNorm'> = {
	forward: (node, pass) =>
		tf.tidy(() => {
			const { ops, weight } = pass;
			const { xHat } = standardised(inputOf<Tensor>(node, pass), node.groups);
			const scaled = tf.mul(xHat, weight(node.id, 'gamma'));
			return ops.addBias(scaled, weight(node.id, 'beta') as Tensor1D);
		}),
	// With g = γ dy and means over a group: dx = (g − mean(g) − x̂ mean(g x̂)) / √(variance + ε).
	backward(node, dy, pass) {
		const x = inputOf<Tensor>(node, pass);
		const [dx, gamma, beta] = tf.tidy(() => {
			const { xHat, inverse, mean } = standardised(x, node.groups);
			const g = tf.mul(dy, pass.weight(node.id, 'gamma'));
			const along = tf.mul(xHat, mean(tf.mul(g, xHat)));
			const dx = tf.mul(tf.sub(tf.sub(g, mean(g)), along), inverse);
			return [dx, pass.ops.biasGradient(tf.mul(dy, xHat)), pass.ops.biasGradient(dy)];
		});
		return { inputs: [dx], parameters: { gamma, beta } };
	}
};

/** The parts of local response normalisation, with one row per pixel. `band[c, d]` is 1 if d's neighbourhood has c. */
function responses({ size, alpha, beta, k }: NetworkNode<'lrn'>, map: Tensor4D) {
	const channels = map.shape[3];
	const before = size >> 1;
	const band = tf.tensor2d(
		Float32Array.from({ length: channels * channels }, (_, i) => {
			const offset = Math.floor(i / channels) - (i % channels);
			return offset >= -before && offset < size - before ? 1 : 0;
		}),
		[channels, channels]
	);
	const x = tf.reshape(map, [-1, channels]);
	const s = tf.add(tf.mul(tf.matMul(tf.square(x), band), alpha), k);
	return { x, band, s, factor: tf.pow(s, -beta) };
}

// A product with a band matrix sums the neighbourhood on every backend; not all have tfjs's kernels and its gradient.
export const lrn: Reference<'lrn'> = {
	forward: (node, pass: Pass) =>
		tf.tidy(() => {
			const map = inputOf(node, pass);
			const { x, factor } = responses(node, map);
			return tf.reshape(tf.mul(x, factor), map.shape);
		}),
	// With y = x s^−β: dx = dy s^−β − 2αβ x Σ dy x s^(−β−1), summed over the neighbourhoods that x is in.
	backward(node, dy, pass) {
		const map = inputOf(node, pass);
		const dx = tf.tidy(() => {
			const { x, band, s, factor } = responses(node, map);
			const scaled = tf.mul(tf.reshape(dy, x.shape), factor);
			const through = tf.matMul(tf.div(tf.mul(scaled, x), s), band, false, true);
			const indirect = tf.mul(tf.mul(x, through), 2 * node.alpha * node.beta);
			return tf.reshape(tf.sub(scaled, indirect), map.shape);
		});
		return { inputs: [dx] };
	}
};
