/** Test loss and error over several batches, the same for every engine. */
import type { Batch } from '$lib/base/image';
import type { Evaluation } from './engine';

/**
 * Adds up what `evaluate` tells of each batch: the sum of its cross-entropies and its wrong answers.
 * @param most images that the engine has room for; larger batches are cut
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
		// Messages get in between: a job can be cancelled.
		await new Promise((resolve) => setTimeout(resolve));
		loss += result.loss;
		wrong += result.wrong;
		images += batch.shape[0];
	}
	return { loss: loss / images, error: wrong / images, images };
}

/** A batch cut into batches of at most `most` images. */
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
