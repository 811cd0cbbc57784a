/** The confusion matrix as a value: which class a network predicts for which, on the first test images. */
import { group } from 'd3';
import * as v from 'valibot';
import type { Immutable } from '$lib/base/immutable';
import { indexSchema, shareSchema } from '$lib/base/numbers';
import { softmax } from '../inside/record';
import { laneEntries, laneStudy, type LaneStudy } from '../study';

const recordSchema = v.object({
	...laneEntries,
	/** Number of test images, including those whose scores are not finite. */
	images: indexSchema,
	classes: indexSchema,
	/** The cells with at least one image, in no particular order. */
	cells: v.array(
		v.object({
			label: indexSchema,
			predicted: indexSchema,
			count: indexSchema,
			/** Up to `MOST_EXAMPLES` test images of the cell by index, those with the highest probability first. */
			examples: v.array(v.object({ index: indexSchema, probability: shareSchema }))
		})
	)
});
/** The confusion matrix of one lane after `step` updates. */
export type ConfusionMatrix = Immutable<v.InferOutput<typeof recordSchema>>;
/** One cell: the images of one class for which the network predicts one class. */
export type ConfusionCell = ConfusionMatrix['cells'][number];

export const MOST_EXAMPLES = 12;

export type ConfusionStudy = LaneStudy<ConfusionMatrix, 'confusions'>;
export const confusion = laneStudy<ConfusionMatrix, 'confusions'>(
	'confusions',
	recordSchema,
	({ cells }, { network: { classes } }) => {
		const cell = cells.findIndex(({ label, predicted }) => Math.max(label, predicted) >= classes);
		const detail = `expected classes from 0 to ${classes - 1}`;
		return cell < 0 ? null : { path: `cells.${cell}`, detail };
	}
);

/**
 * Computes the cells of a matrix.
 * @param logits `[N, classes]` of the first N test images
 * @param labels `[N]`
 */
export function cellsOf(logits: Float32Array, labels: Int32Array): ConfusionCell[] {
	const classes = logits.length / labels.length;
	const answers = Array.from(labels, (label, index) => {
		const probabilities = softmax(logits.subarray(index * classes, (index + 1) * classes));
		const probability = Math.max(...probabilities);
		return { index, label, probability, predicted: probabilities.indexOf(probability) };
	});
	// Scores that are not finite predict no class.
	const sure = answers.filter(({ predicted }) => predicted >= 0);
	const cells = group(
		sure.sort((a, b) => b.probability - a.probability),
		({ label, predicted }) => label * classes + predicted
	);
	return Array.from(cells.values(), (images) => ({
		label: images[0].label,
		predicted: images[0].predicted,
		count: images.length,
		examples: images
			.slice(0, MOST_EXAMPLES)
			.map(({ index, probability }) => ({ index, probability }))
	}));
}
