/** The memory that lanes share for batches of a given size. Because lanes step one after another, they share maps, partial sums and the batch. */
import type { Batch } from '$lib/base/image';
import { mapNames, type MapShape } from '../plan/plan';
import type { DeviceMemory } from './memory';

export abstract class DevicePool<Store, Size extends readonly unknown[]> {
	readonly #memory: DeviceMemory<Store, Size>;
	readonly #own: Store[] = [];
	readonly #shared = new Map<string, Store>();
	#staging: { readonly map: Store; readonly numbers: Float32Array<ArrayBuffer> } | null = null;

	protected constructor(
		memory: DeviceMemory<Store, Size>,
		/** Largest number of images in a batch. */
		readonly images: number
	) {
		this.#memory = memory;
	}

	/** The size of a map for the pool's number of images. */
	protected abstract sizeOf(shape: MapShape): Size;
	/** Lays a batch out in `staging` and uploads it. `staging` belongs to this map and is initially zeros. */
	protected abstract write(batch: Batch, map: Store, staging: Float32Array<ArrayBuffer>): void;
	protected abstract numbersOf(map: Store): number;

	/** Allocates zeros that live as long as the pool. @throws MemoryError */
	allocate(...size: Size): Store {
		const store = this.#memory.allocate(...size);
		this.#own.push(store);
		return store;
	}

	/** Memory shared by everyone who asks for this name. */
	protected shared(name: string, ...size: Size): Store {
		const store = this.#shared.get(name) ?? this.allocate(...size);
		this.#shared.set(name, store);
		return store;
	}

	/** The maps of one lane; lanes share maps of the same name. */
	maps(shapes: readonly MapShape[]): Store[] {
		return mapNames(shapes).map((name, i) => this.shared(name, ...this.sizeOf(shapes[i])));
	}

	/** Uploads a batch into the input map of all lanes for images of its shape. */
	upload(batch: Batch): void {
		const [, height, width, channels] = batch.shape;
		const [map] = this.maps([{ height, width, channels }]);
		if (this.#staging?.map !== map)
			this.#staging = { map, numbers: new Float32Array(this.numbersOf(map)) };
		this.write(batch, map, this.#staging.numbers);
	}

	dispose(): void {
		for (const store of this.#own) this.#memory.release(store);
	}
}
