/** Batches too large for what an engine has room for. */
import type { Batch } from './engine';

/** A batch cut into batches of at most `most` images. */
export function piecesOf(
	{ images, labels, shape: [count, ...image] }: Batch,
	most: number
): Batch[] {
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
