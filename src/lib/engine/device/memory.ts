/** Allocates memory on a device and counts it. */
export abstract class DeviceMemory<Store, Size extends readonly unknown[]> {
	readonly #bytes = new Map<Store, number>();

	/** Allocates zeros. @throws MemoryError */
	abstract allocate(...size: Size): Store;
	protected abstract free(store: Store): void;

	protected count(store: Store, bytes: number): Store {
		this.#bytes.set(store, bytes);
		return store;
	}

	release(store: Store): void {
		if (this.#bytes.delete(store)) this.free(store);
	}

	get used(): { tensors: number; bytes: number } {
		let bytes = 0;
		for (const size of this.#bytes.values()) bytes += size;
		return { tensors: this.#bytes.size, bytes };
	}

	dispose(): void {
		for (const store of this.#bytes.keys()) this.release(store);
	}
}
