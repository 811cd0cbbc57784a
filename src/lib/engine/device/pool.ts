/** What lanes need for batches of so many images. They step one after another: maps, partial sums and the batch are shared. */
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
		/** Images that fit. */
		readonly images: number
	) {
		this.#memory = memory;
	}

	/** What a map of so many images takes. */
	protected abstract sizeOf(shape: MapShape): Size;
	/** Lays a batch out in `staging`, which starts as zeros and is this map's alone, and uploads it. */
	protected abstract write(batch: Batch, map: Store, staging: Float32Array<ArrayBuffer>): void;
	protected abstract numbersOf(map: Store): number;

	/** Zeros, until the pool is disposed of. @throws MemoryError */
	allocate(...size: Size): Store {
		const store = this.#memory.allocate(...size);
		this.#own.push(store);
		return store;
	}

	/** The same for all that ask by this name. */
	protected shared(name: string, ...size: Size): Store {
		const store = this.#shared.get(name) ?? this.allocate(...size);
		this.#shared.set(name, store);
		return store;
	}

	/** Of one lane; maps of the same name are the same in all lanes. */
	maps(shapes: readonly MapShape[]): Store[] {
		return mapNames(shapes).map((name, i) => this.shared(name, ...this.sizeOf(shapes[i])));
	}

	/** Into the map that lanes for images of the batch's shape read first. */
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
