/** On which test images networks are wrong with the most confidence, as values. */
import type { Shape } from '$lib/network';
import { softmax } from '../inside/record';
import type { Study } from '../study';

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

export interface MistakesStudy {
	readonly spec: null;
	readonly note: null;
	readonly found: Confused;
	readonly kept: Confused | null;
	readonly key: null;
}

export const mistakes: Study<MistakesStudy> = {
	nothing: null,
	merge: (_, found) => found,
	asked: null,
	recorded: null
};

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
