/** A step's batch on the device: uploaded once, read by all lanes. */
import type { Batch } from '$lib/base/image';
import { layOutImages } from '../plan/images';
import { mapSize, type MapShape } from '../plan/plan';

export class BatchBuffers {
	readonly #shape: MapShape;
	readonly #queue: GPUQueue;
	readonly #staging: Float32Array<ArrayBuffer>;
	/** A map. */
	readonly images: GPUBuffer;
	readonly labels: GPUBuffer;

	constructor(shape: MapShape, queue: GPUQueue, images: GPUBuffer, labels: GPUBuffer) {
		this.#shape = shape;
		this.#queue = queue;
		this.#staging = new Float32Array(images.size / 4);
		this.images = images;
		this.labels = labels;
	}

	upload(batch: Batch): void {
		layOutImages(batch, this.#staging);
		const numbers = batch.shape[0] * mapSize(this.#shape);
		this.#queue.writeBuffer(this.images, 0, this.#staging, 0, numbers);
		this.#queue.writeBuffer(this.labels, 0, Int32Array.from(batch.labels));
	}
}
