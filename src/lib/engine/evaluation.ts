/** Computes test loss and error over several batches, for every engine. */
import type { Batch } from '$lib/base/image';
import type { Evaluation } from './engine';

/**
 * Adds up the cross-entropies and wrong answers that `evaluate` returns for each batch.
 * @param most largest number of images that the engine has memory for; larger batches are split
 */
export async function evaluateBatches(
	batches: readonly Batch[],
	most: number,
	evaluate: (batch: Batch) => Promise<{ loss: number; wrong: number }>
): Promise<Evaluation> {
	let loss = 0;
	let wrong = 0;
	let images = 0;
	for (const batch of batches.flatMap((whole) => piecesOf(whole, most))) {
		const result = await evaluate(batch);
		// Lets messages in, so that a job can be cancelled.
		await new Promise((resolve) => setTimeout(resolve));
		loss += result.loss;
		wrong += result.wrong;
		images += batch.shape[0];
	}
	return { loss: loss / images, error: wrong / images, images };
}

/** Splits a batch into batches of at most `most` images. */
function piecesOf({ images, labels, shape: [count, ...image] }: Batch, most: number): Batch[] {
	if (count <= most) return [{ images, labels, shape: [count, ...image] }];
	const size = images.length / count;
	return Array.from({ length: Math.ceil(count / most) }, (_, i) => {
		const from = i * most;
		const to = Math.min(count, from + most);
		return {
			images: images.subarray(from * size, to * size),
			labels: labels.subarray(from, to),
			shape: [to - from, ...image]
		};
	});
}
