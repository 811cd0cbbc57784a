/**
 * What each operation does in the reference engine: its output, and on the way back the gradients. What an operation
 * reads on the way back is there: the forward pass of the same batch has left it.
 */
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkNode, OpType, Parameter } from '$lib/network';
import type { Recipe } from '../engine';
import { EPSILON } from '../normalisation';
import { dropoutMask } from '../optimiser';
import type { Ops } from './ops';

/** A network with an operation that is drawn and not trained here. */
class UntrainableError extends RangeError {
	override readonly name = 'UntrainableError';
	constructor({ id, type }: { readonly id: string; readonly type: OpType }) {
		super(`${id}: an operation ${type} of this kind is drawn and not trained`);
	}
}

/** Mean and variance that a normalisation used, and those that evaluation will. */
export interface Statistics {
	mean: tf.Tensor1D;
	variance: tf.Tensor1D;
}

/** One pass of a batch through a lane: what its operations read, and what they leave for the way back. */
export interface Pass {
	readonly ops: Ops;
	readonly batch: Batch;
	/** The node that is the image; nobody needs the gradient by it. */
	readonly image: string;
	readonly seed: number;
	/** Of a step; null outside of one, where nothing is dropped. */
	readonly recipe: Recipe | null;
	weight(node: string, role: Parameter['role']): tf.Tensor;
	/** Running averages of a normalisation; null where the batch's own statistics are to be used. */
	running(node: string): Statistics | null;
	/** What the shortcut that arrives at an addition is multiplied by. */
	gate(node: string): number;
	/** Output of each node, by its id. */
	readonly values: Map<string, tf.Tensor>;
	/** The batch's statistics of each normalisation; empty when the running ones were used. */
	readonly statistics: Map<string, Statistics>;
	/** What a dropout multiplies its input by, by its node; empty outside of steps. */
	readonly masks: Map<string, tf.Tensor>;
}

/** Gradients by a node's inputs, in their order, null where there is none, and by its own parameters. */
export interface Gradients {
	readonly inputs: readonly (tf.Tensor | null)[];
	readonly parameters?: { readonly [R in Parameter['role']]?: tf.Tensor };
}

interface Reference<T extends OpType> {
	/** Whether it is not trained with these options. */
	refuses?(node: NetworkNode<T>): boolean;
	forward(node: NetworkNode<T>, pass: Pass): tf.Tensor;
	/** @param dy gradient by the node's output */
	backward(node: NetworkNode<T>, dy: tf.Tensor, pass: Pass): Gradients;
}

const inputOf = <X extends tf.Tensor = tf.Tensor4D>({ inputs }: NetworkNode, { values }: Pass) =>
	values.get(inputs[0]) as X;

type Biased = NetworkNode<'conv' | 'dense'>;

function withBias<Y extends tf.Tensor>({ id, bias }: Biased, y: Y, { ops, weight }: Pass): Y {
	if (!bias) return y;
	const biased = ops.addBias(y, weight(id, 'bias') as tf.Tensor1D);
	y.dispose();
	return biased;
}

const biasGradient = ({ bias }: Biased, dy: tf.Tensor, { ops }: Pass) =>
	bias ? { bias: ops.biasGradient(dy) } : {};

/** Maps with mean 0 and variance 1 in each group of channels of each image; means over one are of the map's shape. */
function standardised(x: tf.Tensor4D, groups: number) {
	const [n, height, width, channels] = x.shape;
	const together = channels / groups;
	const mean = (values: tf.Tensor) =>
		tf.reshape(
			tf.tile(tf.mean(tf.reshape(values, [n, height * width, groups, together]), [1, 3], true), [
				1,
				height * width,
				1,
				together
			]),
			x.shape
		);
	const centred = tf.sub(x, mean(x));
	const inverse = tf.rsqrt(tf.add(mean(tf.square(centred)), EPSILON));
	return { xHat: tf.mul(centred, inverse), inverse, mean };
}

/** Null: the operation is drawn and not trained here. */
const REFERENCE: { readonly [T in OpType]: Reference<T> | null } = {
	input: {
		forward: (_, { batch: { images, shape } }) => tf.tensor4d(images, [...shape]),
		backward: () => ({ inputs: [] })
	},
	conv: {
		refuses: ({ groups = 1 }) => groups > 1,
		forward(node, pass) {
			const kernel = pass.weight(node.id, 'kernel') as tf.Tensor4D;
			return withBias(node, pass.ops.conv(inputOf(node, pass), kernel, node), pass);
		},
		backward(node, dy, pass) {
			const { ops, weight } = pass;
			const x = inputOf(node, pass);
			const dy4 = dy as tf.Tensor4D;
			const kernel = weight(node.id, 'kernel') as tf.Tensor4D;
			return {
				inputs: [
					node.inputs[0] === pass.image ? null : ops.convInputGradient(dy4, kernel, x.shape, node)
				],
				parameters: {
					kernel: ops.convKernelGradient(x, dy4, kernel.shape, node),
					...biasGradient(node, dy, pass)
				}
			};
		}
	},
	batchNorm: {
		forward(node, pass) {
			const { ops, weight, statistics } = pass;
			const x = inputOf(node, pass);
			let used = pass.running(node.id);
			if (!used) statistics.set(node.id, (used = ops.moments(x)));
			return ops.normalise(
				x,
				used.mean,
				used.variance,
				weight(node.id, 'gamma') as tf.Tensor1D,
				weight(node.id, 'beta') as tf.Tensor1D
			);
		},
		backward(node, dy, pass) {
			// Only a pass normalised by its batch has a way back.
			const { mean, variance } = entry(pass.statistics, node.id);
			const gamma = pass.weight(node.id, 'gamma') as tf.Tensor1D;
			const { dx, dGamma, dBeta } = pass.ops.normaliseGradient(
				dy as tf.Tensor4D,
				inputOf(node, pass),
				mean,
				variance,
				gamma
			);
			return { inputs: [dx], parameters: { gamma: dGamma, beta: dBeta } };
		}
	},
	groupNorm: {
		forward: (node, pass) =>
			tf.tidy(() => {
				const { ops, weight } = pass;
				const { xHat } = standardised(inputOf(node, pass), node.groups);
				const scaled = tf.mul(xHat, weight(node.id, 'gamma'));
				return ops.addBias(scaled, weight(node.id, 'beta') as tf.Tensor1D);
			}),
		// With g = γ dy and means over a group: dx = (g − mean(g) − x̂ mean(g x̂)) / √(variance + ε).
		backward(node, dy, pass) {
			const x = inputOf(node, pass);
			const [dx, gamma, beta] = tf.tidy(() => {
				const { xHat, inverse, mean } = standardised(x, node.groups);
				const g = tf.mul(dy, pass.weight(node.id, 'gamma'));
				const along = tf.mul(xHat, mean(tf.mul(g, xHat)));
				const dx = tf.mul(tf.sub(tf.sub(g, mean(g)), along), inverse);
				return [dx, pass.ops.biasGradient(tf.mul(dy, xHat)), pass.ops.biasGradient(dy)];
			});
			return { inputs: [dx], parameters: { gamma, beta } };
		}
	},
	activation: {
		forward: (node, pass) => pass.ops.activation(inputOf(node, pass), node.activation),
		backward({ id, activation }, dy, { ops, values }) {
			const y = values.get(id) as tf.Tensor4D;
			return { inputs: [ops.activationGradient(dy as tf.Tensor4D, y, activation)] };
		}
	},
	subsample: {
		forward: (node, pass) => pass.ops.subsample(inputOf(node, pass), node.stride, node.channels),
		backward: (node, dy, pass) => ({
			inputs: [
				pass.ops.subsampleGradient(dy as tf.Tensor4D, inputOf(node, pass).shape, node.stride)
			]
		})
	},
	add: {
		forward({ id, inputs: [branch, shortcut] }, { ops, values, gate }) {
			const y = values.get(branch) as tf.Tensor4D;
			return ops.addGated(y, values.get(shortcut) as tf.Tensor4D, gate(id));
		},
		backward({ id }, dy, { ops, gate }) {
			const open = gate(id);
			return { inputs: [dy.clone(), open === 0 ? null : ops.scale(dy as tf.Tensor4D, open)] };
		}
	},
	globalAveragePool: {
		forward: (node, pass) => pass.ops.pool(inputOf(node, pass)),
		backward: (node, dy, pass) => ({
			inputs: [pass.ops.poolGradient(dy as tf.Tensor2D, inputOf(node, pass).shape)]
		})
	},
	dropout: {
		forward(node, pass) {
			const x = inputOf<tf.Tensor>(node, pass);
			const { recipe, seed, masks } = pass;
			if (!recipe) return x.clone();
			const mask = tf.tensor(dropoutMask(node.rate, seed, recipe.step, x.size), x.shape);
			masks.set(node.id, mask);
			return tf.mul(x, mask);
		},
		// The pass of a step has a mask for every dropout.
		backward: ({ id }, dy, { masks }) => ({ inputs: [tf.mul(dy, entry(masks, id))] })
	},
	dense: {
		forward(node, pass) {
			const kernel = pass.weight(node.id, 'kernel') as tf.Tensor2D;
			return withBias(node, pass.ops.dense(inputOf(node, pass), kernel), pass);
		},
		backward(node, dy, pass) {
			const x = inputOf<tf.Tensor2D>(node, pass);
			const kernel = pass.weight(node.id, 'kernel') as tf.Tensor2D;
			const { dx, dKernel } = pass.ops.denseGradients(x, dy as tf.Tensor2D, kernel);
			return {
				inputs: [dx],
				parameters: { kernel: dKernel, ...biasGradient(node, dy, pass) }
			};
		}
	},
	maxPool: null,
	averagePool: null,
	lrn: null,
	concat: null,
	flatten: null
};

/** @throws UntrainableError where the reference does not know an operation, or not with these options */
export function referenceOf<T extends OpType>(node: NetworkNode<T>): Reference<T> {
	const entry = REFERENCE[node.type];
	if (!entry || node.auxiliary || entry.refuses?.(node)) throw new UntrainableError(node);
	return entry;
}

export const forward = <T extends OpType>(node: NetworkNode<T>, pass: Pass): tf.Tensor =>
	referenceOf(node).forward(node, pass);

export const backward = <T extends OpType>(
	node: NetworkNode<T>,
	dy: tf.Tensor,
	pass: Pass
): Gradients => referenceOf(node).backward(node, dy, pass);
