/** The batches that an experiment trains on: those of a step are the same whenever and wherever it is made. */
import { makeBatch, Shuffler, type DataSet } from '$lib/data';
import type { Batch } from '$lib/base/image';
import type { Experiment } from '../experiment/experiment';

export class TrainingBatches {
	readonly #experiment: Experiment;
	readonly #set: DataSet;
	readonly #shuffler: Shuffler;

	constructor(experiment: Experiment, set: DataSet) {
		this.#experiment = experiment;
		this.#set = set;
		this.#shuffler = new Shuffler({
			seed: experiment.seed,
			batch: experiment.recipe.batch,
			shardCounts: set.manifest.splits.train.shards.map((shard) => shard.count)
		});
	}

	/** Waits for the images of a step, counted from 1; others may still be loading. */
	ready(step: number): Promise<void> {
		return this.#set.ready('train', this.#shuffler.imagesNeeded(step - 1));
	}

	/** The batch of a step, counted from 1, whose images must be ready. */
	of(step: number): Batch {
		const { data, seed } = this.#experiment;
		return makeBatch(this.#set, this.#shuffler.batch(step - 1), {
			halve: data.halve,
			augment: data.augment ? { seed, step: step - 1 } : null
		});
	}
}
