/**
 * The operations of the reference engine: the output of each, and its gradients. The backward pass reads what the
 * forward pass of the same batch has stored.
 */
import { entry } from '$lib/base/entry';
import type { Batch } from '$lib/base/image';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { NetworkNode, OpType, Parameter } from '$lib/network';
import type { Recipe } from '../engine';
import { EPSILON } from '../normalisation';
import { dropoutMask } from '../optimiser';
import type { DeviceOps, Statistics } from './device';

/** Thrown for a network with an operation that the app draws but cannot train. */
class UntrainableError extends RangeError {
	override readonly name = 'UntrainableError';
	constructor({ id, type }: { readonly id: string; readonly type: OpType }) {
		super(`${id}: an operation ${type} of this kind is drawn and not trained`);
	}
}

/** One pass of a batch through a lane: what operations read, and what they store for the backward pass. */
export interface Pass {
	readonly ops: DeviceOps;
	readonly batch: Batch;
	/** The image's node, whose gradient is not needed. */
	readonly image: string;
	readonly seed: number;
	/** The recipe of the step; null outside a step, where dropout does nothing. */
	readonly recipe: Recipe | null;
	weight(node: string, role: Parameter['role']): Tensor;
	/** Running averages of a normalisation; null to use the batch's own statistics. */
	running(node: string): Statistics | null;
	/** The gate of the shortcut that an addition adds. */
	gate(node: string): number;
	/** Output of each node by id. */
	readonly values: Map<string, Tensor>;
	/** The batch's statistics by normalisation node; empty if running averages were used. */
	readonly statistics: Map<string, Statistics>;
	/** Mask of each dropout node; empty outside a step. */
	readonly masks: Map<string, Tensor>;
}

/** Gradients with respect to a node's inputs, in order (null for none), and to its own parameters. */
export interface Gradients {
	readonly inputs: readonly (Tensor | null)[];
	readonly parameters?: { readonly [R in Parameter['role']]?: Tensor };
}

interface Reference<T extends OpType> {
	/** Whether the reference cannot train the operation with these options. */
	refuses?(node: NetworkNode<T>): boolean;
	forward(node: NetworkNode<T>, pass: Pass): Tensor;
	/** @param dy gradient with respect to the node's output */
	backward(node: NetworkNode<T>, dy: Tensor, pass: Pass): Gradients;
}

const inputOf = <X extends Tensor = Tensor4D>({ inputs }: NetworkNode, { values }: Pass) =>
	values.get(inputs[0]) as X;

type Biased = NetworkNode<'conv' | 'dense'>;

function withBias({ id, bias }: Biased, y: Tensor, { ops, weight }: Pass): Tensor {
	if (!bias) return y;
	const biased = ops.addBias(y, weight(id, 'bias') as Tensor1D);
	y.dispose();
	return biased;
}

const biasGradient = ({ bias }: Biased, dy: Tensor, { ops }: Pass) =>
	bias ? { bias: ops.biasGradient(dy) } : {};

/** Standardises each group of channels of each image to mean 0 and variance 1; `mean` returns group means in the map's shape. */
function standardised(x: Tensor4D, groups: number) {
	const [n, height, width, channels] = x.shape;
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

/** The table of operations; null for one that is drawn but not trained. */
const REFERENCE: { readonly [T in OpType]: Reference<T> | null } = {
	input: {
		forward: (_, { batch: { images, shape } }) => tf.tensor4d(images, [...shape]),
		backward: () => ({ inputs: [] })
	},
	conv: {
		refuses: ({ groups = 1 }) => groups > 1,
		forward(node, pass) {
			const x = inputOf(node, pass);
			const kernel = pass.weight(node.id, 'kernel') as Tensor4D;
			const y = tf.conv2d(x, kernel, node.stride, node.padding, 'NHWC', 1, 'floor');
			return withBias(node, y, pass);
		},
		backward(node, dy, pass) {
			const { ops, weight } = pass;
			const x = inputOf(node, pass);
			const dy4 = dy as Tensor4D;
			const kernel = weight(node.id, 'kernel') as Tensor4D;
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
			const [gamma, beta] = [weight(node.id, 'gamma'), weight(node.id, 'beta')] as Tensor1D[];
			return ops.normalise(x, used, gamma, beta);
		},
		backward(node, dy, pass) {
			// Only a pass normalised by its batch has a backward pass.
			const used = entry(pass.statistics, node.id);
			const gamma = pass.weight(node.id, 'gamma') as Tensor1D;
			const x = inputOf(node, pass);
			const { dx, dGamma, dBeta } = pass.ops.normaliseGradient(dy as Tensor4D, x, used, gamma);
			return { inputs: [dx], parameters: { gamma: dGamma, beta: dBeta } };
		}
	},
	groupNorm: {
		forward: (node, pass) =>
			tf.tidy(() => {
				const { ops, weight } = pass;
				const { xHat } = standardised(inputOf(node, pass), node.groups);
				const scaled = tf.mul(xHat, weight(node.id, 'gamma'));
				return ops.addBias(scaled, weight(node.id, 'beta') as Tensor1D);
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
			const y = values.get(id) as Tensor4D;
			return { inputs: [ops.activationGradient(dy as Tensor4D, y, activation)] };
		}
	},
	// Option A: every `stride`-th pixel, with zeros in the added channels.
	subsample: {
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
	},
	// y + gate · shortcut
	add: {
		forward({ id, inputs: [branch, shortcut] }, { values, gate }) {
			const y = entry(values, branch);
			const open = gate(id);
			if (open === 0) return y.clone();
			const carried = entry(values, shortcut);
			return tf.tidy(() => tf.add(y, open === 1 ? carried : tf.mul(carried, open)));
		},
		backward({ id }, dy, { gate }) {
			const open = gate(id);
			if (open === 0) return { inputs: [dy.clone(), null] };
			return { inputs: [dy.clone(), open === 1 ? dy.clone() : tf.mul(dy, open)] };
		}
	},
	globalAveragePool: {
		forward: (node, pass) => tf.mean(inputOf(node, pass), [1, 2]),
		backward(node, dy, pass) {
			const [n, h, w, c] = inputOf(node, pass).shape;
			const share = () => tf.reshape(tf.div(dy, h * w), [n, 1, 1, c]);
			return { inputs: [tf.tidy(() => tf.mul(share(), tf.ones([n, h, w, c])))] };
		}
	},
	dropout: {
		forward(node, pass) {
			const x = inputOf<Tensor>(node, pass);
			const { recipe, seed, masks } = pass;
			if (!recipe) return x.clone();
			const mask = tf.tensor(dropoutMask(node.rate, seed, recipe.step, x.size), x.shape);
			masks.set(node.id, mask);
			return tf.mul(x, mask);
		},
		// In a step, there is a mask for every dropout.
		backward: ({ id }, dy, { masks }) => ({ inputs: [tf.mul(dy, entry(masks, id))] })
	},
	dense: {
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
	},
	maxPool: null,
	averagePool: null,
	lrn: null,
	concat: null,
	multiply: null,
	scale: null,
	flatten: null
};

/** @throws UntrainableError if the reference cannot train an operation, or not with these options */
export function referenceOf<T extends OpType>(node: NetworkNode<T>): Reference<T> {
	const entry = REFERENCE[node.type];
	if (!entry || node.auxiliary || entry.refuses?.(node)) throw new UntrainableError(node);
	return entry;
}

export const forward = <T extends OpType>(node: NetworkNode<T>, pass: Pass): Tensor =>
	referenceOf(node).forward(node, pass);

export const backward = <T extends OpType>(
	node: NetworkNode<T>,
	dy: Tensor,
	pass: Pass
): Gradients => referenceOf(node).backward(node, dy, pass);
