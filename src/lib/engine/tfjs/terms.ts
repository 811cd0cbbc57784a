/** The arithmetic of formulas (`math/terms.ts`) on tensors. The caller's `tidy` disposes intermediate tensors. */
import * as tf from '@tensorflow/tfjs-core';
import type { Terms } from '../math/terms';

export const TENSORS: Terms<tf.Tensor> = {
	constant: (value) => tf.scalar(value),
	add: tf.add,
	sub: tf.sub,
	mul: tf.mul,
	div: tf.div,
	exp: tf.exp,
	sqrt: tf.sqrt,
	tanh: tf.tanh,
	below: (a, b, yes, no) => tf.where(tf.less(a, b), yes, no),
	named: (_, value) => value
};
