/**
 * The operations of the reference engine: the output of each, and its gradients. The backward pass reads what the
 * forward pass of the same batch has stored.
 */
import { entry } from '$lib/base/entry';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { NetworkNode, OpType } from '$lib/network';
import { dropoutMask } from '../optimiser';
import * as maps from './maps';
import * as normalising from './normalising';
import { inputOf, onePixelShape, type Gradients, type Pass, type Reference } from './pass';
import * as weighted from './weighted';

/** A factor that `multiply` reads, in a shape that multiplies x. The caller's `tidy` disposes it. */
const spread = (factor: Tensor, x: Tensor): Tensor =>
	factor.rank < x.rank ? tf.reshape(factor, onePixelShape(factor.shape)) : factor;

const REFERENCE: { readonly [T in OpType]: Reference<T> } = {
	input: {
		forward: (_, { batch: { images, shape } }) => tf.tensor4d(images, [...shape]),
		backward: () => ({ inputs: [] })
	},
	...weighted,
	...normalising,
	...maps,
	activation: {
		forward: (node, pass) => pass.ops.activation(inputOf(node, pass), node.activation),
		backward({ id, activation }, dy, { ops, values }) {
			const y = values.get(id) as Tensor4D;
			return { inputs: [ops.activationGradient(dy as Tensor4D, y, activation)] };
		}
	},
	// y + gate · shortcut + any others
	add: {
		forward: ({ id, inputs }, { values, gate }) =>
			tf.tidy(() => {
				const open = gate(id);
				const [y, shortcut, ...others] = inputs.map((input) => entry(values, input));
				// A closed gate keeps out what is not finite, too.
				const gated = open === 0 ? [] : [open === 1 ? shortcut : tf.mul(shortcut, open)];
				return [...gated, ...others].reduce((a, b) => tf.add(a, b), y.clone());
			}),
		backward({ id, inputs: [, , ...others] }, dy, { gate }) {
			const open = gate(id);
			const shortcut = open === 0 ? null : tf.mul(dy, open);
			return { inputs: [dy.clone(), shortcut, ...others.map(() => dy.clone())] };
		}
	},
	multiply: {
		forward: ({ inputs: [a, b], complement }, { values }) =>
			tf.tidy(() => {
				const x = entry(values, a);
				const factor = spread(entry(values, b), x);
				return tf.mul(x, complement ? tf.sub(1, factor) : factor);
			}),
		backward({ inputs: [a, b], complement }, dy, { values }) {
			const [dx, dFactor] = tf.tidy(() => {
				const x = entry(values, a);
				const factor = entry(values, b);
				const whole = spread(factor, x);
				const product = tf.mul(dy, x);
				const summed = factor.rank < x.rank ? tf.sum(product, [1, 2]) : product;
				return complement
					? [tf.mul(dy, tf.sub(1, whole)), tf.neg(summed)]
					: [tf.mul(dy, whole), summed];
			});
			return { inputs: [dx, dFactor] };
		}
	},
	scale: {
		forward: (node, pass) => tf.mul(inputOf<Tensor>(node, pass), pass.weight(node.id, 'scale')),
		backward(node, dy, pass) {
			const alpha = pass.weight(node.id, 'scale') as Tensor1D;
			const ofLoss = pass.ops.dot(dy, inputOf<Tensor>(node, pass));
			const scale = tf.tidy(() => tf.add(ofLoss, tf.mul(tf.sign(alpha), node.penalty ?? 0)));
			ofLoss.dispose();
			return { inputs: [tf.mul(dy, alpha)], parameters: { scale } };
		}
	},
	dropout: {
		forward(node, pass) {
			const x = inputOf<Tensor>(node, pass);
			const { recipe, seed, masks } = pass;
			if (!recipe) return x.clone();
			const shape = node.per === 'image' ? x.shape.map((n, i) => (i ? 1 : n)) : x.shape;
			const count = tf.util.sizeFromShape(shape);
			const mask = tf.tensor(dropoutMask(node.rate, seed, recipe.step, count, node.id), shape);
			masks.set(node.id, mask);
			return tf.mul(x, mask);
		},
		// In a step, there is a mask for every dropout.
		backward: ({ id }, dy, { recipe, masks }) => ({
			inputs: [recipe ? tf.mul(dy, entry(masks, id)) : dy.clone()]
		})
	}
};

export const forward = <T extends OpType>(node: NetworkNode<T>, pass: Pass): Tensor =>
	REFERENCE[node.type].forward(node, pass);

export const backward = <T extends OpType>(
	node: NetworkNode<T>,
	dy: Tensor,
	pass: Pass
): Gradients => REFERENCE[node.type].backward(node, dy, pass);
