/** What lanes need for batches of so many images. They step one after another: maps, partial sums and the batch are shared. */
import type { Batch } from '$lib/base/image';
import { mapNames, mapSize, shapeKey, type MapShape } from '../plan/plan';
import { BatchBuffers } from './batch';
import type { DeviceMemory } from './memory';

export class MapPool {
	readonly #device: GPUDevice;
	readonly #memory: DeviceMemory;
	readonly #buffers: GPUBuffer[] = [];
	readonly #maps = new Map<string, GPUBuffer>();
	readonly #batches = new Map<string, BatchBuffers>();
	/** Room for the partial sums of every lane. */
	readonly scratch: GPUBuffer;

	constructor(
		device: GPUDevice,
		memory: DeviceMemory,
		/** Images that fit. */
		readonly images: number,
		/** Numbers of vec4f of partial sums. */
		scratch: number
	) {
		this.#device = device;
		this.#memory = memory;
		this.scratch = this.allocate(scratch * 16);
	}

	/** Zeros, until the pool is disposed of. @throws MemoryError */
	allocate(bytes: number): GPUBuffer {
		const buffer = this.#memory.allocate(bytes);
		this.#buffers.push(buffer);
		return buffer;
	}

	/** Of one lane; maps of the same name are the same buffer in all lanes. */
	maps(shapes: readonly MapShape[]): GPUBuffer[] {
		return mapNames(shapes).map((name, i) => {
			const map = this.#maps.get(name) ?? this.allocate(mapSize(shapes[i]) * this.images * 4);
			this.#maps.set(name, map);
			return map;
		});
	}

	/** Where batches of images of a shape are uploaded to, the same for all lanes. */
	batch(shape: MapShape): BatchBuffers {
		const key = shapeKey(shape);
		const known = this.#batches.get(key);
		if (known) return known;
		const bytes = mapSize(shape) * this.images * 4;
		const batch = new BatchBuffers(
			shape,
			this.#device.queue,
			this.allocate(bytes),
			this.allocate(this.images * 4)
		);
		this.#batches.set(key, batch);
		return batch;
	}

	upload(batch: Batch): void {
		const [, height, width, channels] = batch.shape;
		this.#batches.get(shapeKey({ height, width, channels }))?.upload(batch);
	}

	dispose(): void {
		for (const buffer of this.#buffers) this.#memory.release(buffer);
	}
}
