/** Looking inside networks, as values: their responses to one image, block by block and channel by channel. */
import * as v from 'valibot';
import { indexSchema } from '$lib/base/numbers';
import type { Shape } from '$lib/network';
import type { Study } from '../study';

/** A test image by index, or the user's own image: bytes `[H, W, C]` in the format of the data set. */
export type ChosenImage =
	| { readonly kind: 'test'; readonly index: number }
	| { readonly kind: 'own'; readonly pixels: Uint8Array };

/** What to look at in every network. */
export interface LookSpec {
	readonly image: ChosenImage;
	/** Index of the block whose maps to return. */
	readonly block: number;
	/** Id of the node whose map to return. */
	readonly node: string;
	/** Index of the class to explain beside the predicted one; null for the true class. */
	readonly other: number | null;
	/** Whether to explain the classes with the networks' initial weights too. */
	readonly untrained: boolean;
}

/** The output of a node for one image, `[H, W, C]` or `[units]`. */
export interface FeatureMap {
	readonly shape: Shape;
	readonly values: Float32Array;
}

/** L2 norms of the parts of a block, over all pixels and channels of one image. */
export interface BlockNorms {
	/** Norm of the term that F(x) is added to, before the gate; in a plain block, of the block's input. */
	readonly x: number;
	/** Norm of F(x), the output of the block's convolutions. */
	readonly branch: number;
	/** `branch / x`; null in a plain block that changes the shape, where the two differ in size. */
	readonly ratio: number | null;
}

/** The maps of one block. */
export interface BlockLook {
	readonly index: number;
	readonly gate: number;
	readonly input: FeatureMap;
	/** The shortcut's contribution before the gate; null in a plain block. */
	readonly shortcut: FeatureMap | null;
	readonly branch: FeatureMap;
	readonly sum: FeatureMap | null;
	readonly output: FeatureMap;
}

/** Which pixels the score of a class depends on. */
export interface Evidence {
	/** Index of the class. */
	readonly index: number;
	/** The class activation map, `[H, W, 1]`; null if the network does not end in global pooling and a dense layer. */
	readonly activation: FeatureMap | null;
	/** The gradient of the class score by the standardised pixels, `[H, W, C]`. */
	readonly gradient: FeatureMap;
}

export interface LaneLook {
	/** Probability of each class; they sum to 1. */
	readonly probabilities: readonly number[];
	readonly gates: readonly number[];
	readonly norms: readonly BlockNorms[];
	/** Null if the network has no such block or node. */
	readonly block: BlockLook | null;
	readonly map: FeatureMap | null;
	/** Kernel of the first convolution, `[kH, kW, C, filters]`. */
	readonly filters: FeatureMap;
	/** For the predicted class, then for the other one if it differs; empty if no class score is finite. */
	readonly evidence: readonly Evidence[];
	/** The same with the network's initial weights; empty if it was not asked for. */
	readonly untrained: readonly Evidence[];
}

/** The responses of all networks to one image after `step` updates. */
export interface Look {
	readonly step: number;
	readonly request: LookSpec;
	/** The image, `[H, W, C]`, in the format of the data set. */
	readonly image: { readonly pixels: Uint8Array; readonly shape: Shape };
	/** Index of its class; null for the user's own image. */
	readonly label: number | null;
	readonly lanes: readonly LaneLook[];
}

/** The note in an experiment: which test image, block and node to look at. */
export interface InsideNote {
	readonly image: number;
	readonly block: number;
	readonly node: string;
	/** Index of the class to explain beside the predicted one; absent for the true class. */
	readonly other?: number;
}

export interface InsideStudy {
	readonly spec: LookSpec;
	readonly note: InsideNote;
	readonly found: Look;
	readonly kept: Look | null;
	readonly key: null;
}

const noted = v.pipe(indexSchema, v.maxValue(1_000_000));

export const inside: Study<InsideStudy> = {
	nothing: null,
	merge: (_, found) => found,
	asked: {
		schema: v.strictObject({
			image: noted,
			block: noted,
			node: v.pipe(v.string(), v.maxLength(60)),
			other: v.optional(noted)
		}),
		note: ({ image, block, node, other }) =>
			image.kind === 'test'
				? { image: image.index, block, node, ...(other === null ? {} : { other }) }
				: undefined
	},
	recorded: null
};

/** Softmax; all NaN if a score is not finite. */
export function softmax(scores: ArrayLike<number>): number[] {
	const most = Math.max(...Array.from(scores));
	const powers = Array.from(scores, (score) => Math.exp(score - most));
	const total = powers.reduce((sum, power) => sum + power, 0);
	return powers.map((power) => power / total);
}

/** L2 norm. */
export function normOf(values: ArrayLike<number>): number {
	let squares = 0;
	for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
	return Math.sqrt(squares);
}

/**
 * The class activation map: the last feature maps, each multiplied by its weight for the class and added up (Zhou et al.
 * 2016, "Learning Deep Features for Discriminative Localization"). Its mean over all pixels, plus the bias, is the class
 * score.
 * @param maps what global pooling reads, `[H, W, C]`
 * @param kernel of the dense layer, `[C, classes]`
 * @param index of the class
 * @returns `[H, W, 1]`
 */
export function activationMap(
	{ shape: [height, width, channels], values }: FeatureMap,
	kernel: Float32Array,
	index: number
): FeatureMap {
	const classes = kernel.length / channels;
	const sums = new Float32Array(height * width);
	values.forEach((value, i) => {
		const channel = i % channels;
		sums[(i - channel) / channels] += value * kernel[channel * classes + index];
	});
	return { shape: [height, width, 1], values: sums };
}

/** One channel of a map `[H, W, C]` as `[H, W, 1]`, or one unit of `[units]`. */
export function channelOf({ shape, values }: FeatureMap, channel: number): FeatureMap {
	const channels = shape[shape.length - 1];
	return {
		shape: [...shape.slice(0, -1), 1],
		values: values.filter((_, i) => i % channels === channel)
	};
}

/** Least, largest and mean value. */
export function rangeOf(values: ArrayLike<number>): { min: number; max: number; mean: number } {
	let [min, max, sum] = [Infinity, -Infinity, 0];
	for (let i = 0; i < values.length; i++) {
		min = Math.min(min, values[i]);
		max = Math.max(max, values[i]);
		sum += values[i];
	}
	return { min, max, mean: sum / values.length };
}
