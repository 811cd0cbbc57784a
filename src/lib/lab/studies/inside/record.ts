/** Looking inside networks, as values: what they make of one image, block by block and channel by channel. */
import * as v from 'valibot';
import { indexSchema } from '$lib/base/numbers';
import type { Shape } from '$lib/network';
import type { Study } from '../study';

/** One of the test images by its index, or an image of the user's own: bytes `[H, W, C]` as in the data set. */
export type ChosenImage =
	| { readonly kind: 'test'; readonly index: number }
	| { readonly kind: 'own'; readonly pixels: Uint8Array };

/** What is to be looked at in every network. */
export interface LookSpec {
	readonly image: ChosenImage;
	/** Index of the block whose maps are wanted. */
	readonly block: number;
	/** Node whose map is wanted. */
	readonly node: string;
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
	readonly request: LookSpec;
	/** `[H, W, C]`, as in the data set. */
	readonly image: { readonly pixels: Uint8Array; readonly shape: Shape };
	/** Class index; null for an image of the user's own. */
	readonly label: number | null;
	readonly lanes: readonly LaneLook[];
}

/** How an experiment asks for it: a look at one of the test images. */
export interface InsideNote {
	readonly image: number;
	readonly block: number;
	readonly node: string;
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
			node: v.pipe(v.string(), v.maxLength(60))
		}),
		note: ({ image, block, node }) =>
			image.kind === 'test' ? { image: image.index, block, node } : undefined
	},
	recorded: null
};

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
