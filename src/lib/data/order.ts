/** The order of the images of a set: shuffled by a fixed seed, every beginning of the test images with its share of each class. */
import { randomStream, shuffleInPlace } from '$lib/base/random';

/** Seed of all shuffles, so that the same files always give the same set. */
const SEED = 1;

/** @param index tells apart several shuffles of one set */
export function shuffled(images: readonly number[], index = 0): Int32Array {
	const order = Int32Array.from(images);
	shuffleInPlace(randomStream(SEED, 'shuffle', index), order);
	return order;
}

/**
 * All images in an order of which every beginning holds the classes in proportion, as near as it can.
 * @param byClass indices of each class's images
 */
export function inProportion(byClass: readonly (readonly number[])[]): Int32Array {
	const placed = byClass.flatMap((own, label) =>
		Array.from(shuffled(own, label + 1), (image, rank) => ({
			image,
			label,
			at: (rank + 0.5) / own.length
		}))
	);
	placed.sort((a, b) => a.at - b.at || a.label - b.label);
	return Int32Array.from(placed, ({ image }) => image);
}
