/** A pass of a batch through a lane of the reference engine, and what each of its operations must offer. */
import type { Batch } from '$lib/base/image';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { NetworkNode, OpType, Parameter } from '$lib/network';
import type { Recipe } from '../engine';
import type { DeviceOps, Statistics } from './device';

/** What operations read in a pass, and what they store for the backward pass. */
export interface Pass {
	readonly ops: DeviceOps;
	readonly batch: Batch;
	/** The image's node, if its gradient is not needed. */
	readonly image: string | null;
	/** Whether the backward pass needs the gradients of convolution kernels, which take half of its time. */
	readonly kernels: boolean;
	readonly seed: number;
	/** The recipe of the step; null outside a step, where dropout does nothing. */
	readonly recipe: Recipe | null;
	weight(node: string, role: Parameter['role']): Tensor;
	/** Running averages of a normalisation; null to use the batch's own statistics. */
	running(node: string): Statistics | null;
	/** The gate by which an addition multiplies its second input. */
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

export interface Reference<T extends OpType> {
	forward(node: NetworkNode<T>, pass: Pass): Tensor;
	/** @param dy gradient with respect to the node's output */
	backward(node: NetworkNode<T>, dy: Tensor, pass: Pass): Gradients;
}

/** The output of a node's first input, by default a map. */
export const inputOf = <X extends Tensor = Tensor4D>({ inputs }: NetworkNode, { values }: Pass) =>
	values.get(inputs[0]) as X;

/** A vector of each image `[N, C]` as a map of one pixel, so that it multiplies every pixel of another. */
export const onePixelShape = ([n, channels]: readonly number[]): [
	number,
	number,
	number,
	number
] => [n, 1, 1, channels];
