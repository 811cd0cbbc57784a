/**
 * Looking inside networks, as values: what they make of one image, block by block and channel by channel, and on which
 * test images they are wrong with the most confidence. `look.ts` finds it out.
 */
import type { Shape } from '$lib/network';

/** One of the test images by its index, or an image of the user's own: bytes `[H, W, C]` as in the data set. */
export type ChosenImage =
	| { readonly kind: 'test'; readonly index: number }
	| { readonly kind: 'own'; readonly pixels: Uint8Array };

/** Something to be looked up between two steps. */
export type InsideRequest =
	| { readonly kind: 'images'; readonly from: number; readonly count: number }
	| { readonly kind: 'confused' }
	| {
			readonly kind: 'look';
			readonly image: ChosenImage;
			/** Index of the block whose maps are wanted. */
			readonly block: number;
			/** Node whose map is wanted. */
			readonly node: string;
	  };

/** Test images in order, as they are in the data set. */
export interface TestImages {
	readonly from: number;
	/** `[N, H, W, C]` */
	readonly pixels: Uint8Array;
	readonly shape: Shape;
	/** Class indices. */
	readonly labels: readonly number[];
}

/** Values of one image, `[H, W, C]` or `[units]`. */
export interface FeatureMap {
	readonly shape: Shape;
	readonly values: Float32Array;
}

/** How large the parts of a block are: L2 norms over all pixels and channels of one image. */
export interface BlockNorms {
	/** Of what F(x) is added to, before the gate; of the block's input in a plain block. */
	readonly x: number;
	/** Of what the block's convolutions put out. */
	readonly branch: number;
	/** `branch / x`; null in a plain block that changes the shape, where the two are not of one size. */
	readonly ratio: number | null;
}

/** The maps of one block. */
export interface BlockLook {
	readonly index: number;
	readonly gate: number;
	readonly input: FeatureMap;
	/** What the shortcut brings, before the gate; null in a plain block. */
	readonly shortcut: FeatureMap | null;
	readonly branch: FeatureMap;
	readonly sum: FeatureMap | null;
	readonly output: FeatureMap;
}

export interface LaneLook {
	/** By class; they sum to 1. */
	readonly probabilities: readonly number[];
	readonly gates: readonly number[];
	readonly norms: readonly BlockNorms[];
	/** Null where the network has no such block, or no such node. */
	readonly block: BlockLook | null;
	readonly map: FeatureMap | null;
	/** Kernel of the first convolution, `[kh, kw, C, filters]`. */
	readonly filters: FeatureMap;
}

/** What all networks made of one image after `step` updates. */
export interface Look {
	readonly step: number;
	readonly request: InsideRequest & { readonly kind: 'look' };
	/** `[H, W, C]`, as in the data set. */
	readonly image: { readonly pixels: Uint8Array; readonly shape: Shape };
	/** Class index; null for an image of the user's own. */
	readonly label: number | null;
	readonly lanes: readonly LaneLook[];
}

/** A test image that a network takes for something else. */
export interface Confusion {
	readonly index: number;
	readonly label: number;
	readonly predicted: number;
	/** Of the predicted class, 0…1. */
	readonly probability: number;
	readonly pixels: Uint8Array;
}

/** Wrong answers on the first `images` test images, the surest first, at most `MOST_CONFUSED` by lane. */
export interface Confused {
	readonly step: number;
	readonly images: number;
	/** `[H, W, C]` of the pixels. */
	readonly shape: Shape;
	readonly lanes: readonly { readonly wrong: number; readonly surest: readonly Confusion[] }[];
}

export const MOST_CONFUSED = 8;

/** What has been looked up so far. */
export interface Inside {
	readonly images: TestImages | null;
	readonly look: Look | null;
	readonly confused: Confused | null;
}

export const NOTHING_INSIDE: Inside = { images: null, look: null, confused: null };

/** Softmax; NaN throughout when a score is not finite. */
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

/** One channel of a map `[H, W, C]`, `[H, W, 1]`; of `[units]` one unit. */
export function channelOf({ shape, values }: FeatureMap, channel: number): FeatureMap {
	const channels = shape.at(-1)!;
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

/**
 * Adds the wrong answers of one batch to those of the ones before it.
 * @param logits `[N, classes]`
 * @param first index of the batch's first image
 */
export function addConfusions(
	before: { readonly wrong: number; readonly surest: readonly Omit<Confusion, 'pixels'>[] },
	logits: Float32Array,
	labels: Int32Array,
	first: number
) {
	const classes = logits.length / labels.length;
	const found = Array.from(labels, (label, i) => {
		const probabilities = softmax(logits.subarray(i * classes, (i + 1) * classes));
		const probability = Math.max(...probabilities);
		return { index: first + i, label, predicted: probabilities.indexOf(probability), probability };
	}).filter(({ label, predicted }) => predicted !== label);
	return {
		wrong: before.wrong + found.length,
		// What is not finite is wrong, and sure of nothing.
		surest: [...before.surest, ...found.filter(({ predicted }) => predicted >= 0)]
			.sort((a, b) => b.probability - a.probability)
			.slice(0, MOST_CONFUSED)
	};
}
