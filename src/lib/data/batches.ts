/**
 * Chooses the images of a step's batch, and makes the batch. Both depend only on the seed and the step, never on when a
 * shard arrived or which steps were requested before.
 */
import type { Batch, ImageShape } from '$lib/base/image';
import type { Manifest, Split } from './manifest';
import { drawMove, inputShape, moveImage, standardise, type Preprocessing } from './preprocess';
import { randomStream, shuffleInPlace } from '$lib/base/random';
import type { DataSet } from './shards';

export interface ShufflerOptions {
	readonly seed: number;
	/** Number of images in a batch. */
	readonly batch: number;
	/** Number of images in each shard of the training split, in order. */
	readonly shardCounts: readonly number[];
}

/**
 * The order of the images in one epoch. In the first, epoch 0, the shards follow one another as they
 * arrive and images are shuffled within each; later ones shuffle all images together.
 */
export function epochOrder(
	seed: number,
	epoch: number,
	shardCounts: readonly number[]
): Int32Array {
	const total = shardCounts.reduce((sum, count) => sum + count, 0);
	const order = Int32Array.from({ length: total }, (_, i) => i);
	const random = randomStream(seed, 'shuffle', epoch);
	if (epoch > 0) {
		shuffleInPlace(random, order);
		return order;
	}
	let start = 0;
	for (const count of shardCounts) {
		shuffleInPlace(random, order, start, start + count);
		start += count;
	}
	return order;
}

/**
 * Chooses the images of every step. The epochs follow one another without a gap: all batches are full,
 * no image is left out, and a batch may hold the end of one epoch and the start of the next.
 */
export class Shuffler {
	readonly #options: ShufflerOptions;
	readonly #total: number;
	/** The orders of the last two epochs asked for: a batch can span two epochs. */
	#orders: { epoch: number; order: Int32Array }[] = [];

	/** @throws RangeError naming an option that is not a positive whole number */
	constructor(options: ShufflerOptions) {
		const { batch, shardCounts } = options;
		if (!Number.isInteger(batch) || batch < 1)
			throw new RangeError(`batch ${batch}: expected a whole number from 1`);
		this.#total = shardCounts.reduce((sum, count) => sum + count, 0);
		if (!(this.#total > 0))
			throw new RangeError(`shardCounts [${shardCounts.join(', ')}]: expected images in them`);
		this.#options = options;
	}

	/** Indices, in the training split, of the images of a step; the first step is 0. */
	batch(step: number): number[] {
		const { batch } = this.#options;
		return Array.from({ length: batch }, (_, i) => {
			const position = step * batch + i;
			return this.#order(Math.floor(position / this.#total))[position % this.#total];
		});
	}

	/** Number of images, from the first, that must have arrived for a step; always whole shards. */
	imagesNeeded(step: number): number {
		const { batch, shardCounts } = this.#options;
		const last = (step + 1) * batch;
		let count = 0;
		for (const images of shardCounts) {
			if (count >= last) break;
			count += images;
		}
		return count;
	}

	#order(epoch: number): Int32Array {
		const known = this.#orders.find((entry) => entry.epoch === epoch);
		if (known) return known.order;
		const order = epochOrder(this.#options.seed, epoch, this.#options.shardCounts);
		this.#orders = [{ epoch, order }, ...this.#orders].slice(0, 2);
		return order;
	}
}

export interface BatchOptions extends Preprocessing {
	/** Seed and step of the random crops and flips; null or absent for none. */
	readonly augment?: { readonly seed: number; readonly step: number } | null;
}

/** The given training images as a batch; they must have arrived. */
export function makeBatch(set: DataSet, indices: readonly number[], options: BatchOptions): Batch {
	return batchOf(set, 'train', indices, options);
}

/**
 * The first `count` test images in order, in batches of `batchSize`; the last one has the rest.
 * They must have arrived.
 */
export function testBatches(
	set: DataSet,
	count: number,
	batchSize: number,
	options: Preprocessing
): Batch[] {
	return Array.from({ length: Math.ceil(count / batchSize) }, (_, batch) => {
		const start = batch * batchSize;
		const indices = Array.from({ length: Math.min(batchSize, count - start) }, (_, i) => start + i);
		return batchOf(set, 'test', indices, { halve: options.halve });
	});
}

/** An image outside the data set, bytes `[H, W, C]` of the manifest's shape, as a batch without a class. */
export function ownBatch(
	pixels: Uint8Array,
	manifest: Pick<Manifest, 'shape' | 'mean' | 'std'>,
	{ halve }: Preprocessing
): Batch {
	const shape = inputShape(manifest, { halve });
	const images = new Float32Array(shape[0] * shape[1] * shape[2]);
	standardise(pixels, manifest, { halve }, images);
	return { images, labels: new Int32Array(1), shape: [1, ...shape] };
}

function batchOf(
	set: DataSet,
	split: Split,
	indices: readonly number[],
	{ halve, augment }: BatchOptions
): Batch {
	const { manifest } = set;
	const shape: ImageShape = inputShape(manifest, { halve });
	const size = shape[0] * shape[1] * shape[2];
	const images = new Float32Array(indices.length * size);
	const labels = new Int32Array(indices.length);
	const random = augment ? randomStream(augment.seed, 'augment', augment.step) : null;
	const unmoved = random ? new Float32Array(size) : null;
	indices.forEach((index, i) => {
		const { pixels, label } = set.image(split, index);
		labels[i] = label;
		const target = images.subarray(i * size, (i + 1) * size);
		standardise(pixels, manifest, { halve }, unmoved ?? target);
		if (random && unmoved) moveImage(unmoved, shape, drawMove(random, { halve }), target);
	});
	return { images, labels, shape: [indices.length, ...shape] };
}
