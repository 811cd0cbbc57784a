/** The buffers that lanes share; see `DevicePool`. */
import type { Batch } from '$lib/base/image';
import { DevicePool } from '../device/pool';
import { layOutImages } from '../plan/images';
import { mapSize, type MapShape } from '../plan/plan';
import type { Buffers } from './memory';

export class MapPool extends DevicePool<GPUBuffer, [bytes: number]> {
	readonly #queue: GPUQueue;
	readonly labels: GPUBuffer;
	/** Scratch buffer for partial sums, shared by all lanes. */
	readonly scratch: GPUBuffer;

	/** @param scratch number of vec4f of partial sums */
	constructor(buffers: Buffers, images: number, scratch: number) {
		super(buffers, images);
		this.#queue = buffers.device.queue;
		this.labels = this.allocate(images * 4);
		this.scratch = this.allocate(scratch * 16);
	}

	protected sizeOf(shape: MapShape): [bytes: number] {
		return [mapSize(shape) * this.images * 4];
	}

	protected numbersOf({ size }: GPUBuffer): number {
		return size / 4;
	}

	protected write(batch: Batch, map: GPUBuffer, staging: Float32Array<ArrayBuffer>): void {
		layOutImages(batch, staging);
		const [images, height, width, channels] = batch.shape;
		this.#queue.writeBuffer(map, 0, staging, 0, images * mapSize({ height, width, channels }));
		this.#queue.writeBuffer(this.labels, 0, Int32Array.from(batch.labels));
	}
}
