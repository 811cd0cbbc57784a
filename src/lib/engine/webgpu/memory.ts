/** Buffers on the device, counted, and shared by lanes that are stepped one after another. */
import { MemoryError } from '../memory';
import { mapSize, shapeKey, type MapShape } from '../plan/plan';

export class DeviceMemory {
	readonly #device: GPUDevice;
	readonly #buffers = new Set<GPUBuffer>();

	constructor(device: GPUDevice) {
		this.#device = device;
	}

	/** Bytes of the largest buffer that the device allows. */
	get largest(): number {
		const { maxStorageBufferBindingSize, maxBufferSize } = this.#device.limits;
		return Math.min(maxStorageBufferBindingSize, maxBufferSize);
	}

	/** Zeros. @throws MemoryError */
	allocate(bytes: number, usage = 0): GPUBuffer {
		if (bytes > this.largest) throw new MemoryError(bytes, this.largest);
		const buffer = this.#device.createBuffer({
			size: Math.max(16, Math.ceil(bytes / 16) * 16),
			usage: usage || GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
		});
		this.#buffers.add(buffer);
		return buffer;
	}

	/** A buffer that holds the given numbers. */
	upload(values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
		const buffer = this.allocate(values.byteLength);
		this.#device.queue.writeBuffer(buffer, 0, values);
		return buffer;
	}

	release(buffer: GPUBuffer): void {
		if (this.#buffers.delete(buffer)) buffer.destroy();
	}

	get used(): { tensors: number; bytes: number } {
		let bytes = 0;
		for (const { size } of this.#buffers) bytes += size;
		return { tensors: this.#buffers.size, bytes };
	}

	dispose(): void {
		for (const buffer of this.#buffers) buffer.destroy();
		this.#buffers.clear();
	}
}

/** Maps and partial sums of lanes: equal shapes share buffers. */
export class MapPool {
	readonly #memory: DeviceMemory;
	readonly #maps = new Map<string, GPUBuffer[]>();
	#scratch: GPUBuffer | null = null;

	constructor(
		memory: DeviceMemory,
		/** Images that fit. */
		readonly images: number
	) {
		this.#memory = memory;
	}

	maps(shapes: readonly MapShape[]): GPUBuffer[] {
		const taken = new Map<string, number>();
		return shapes.map((shape) => {
			const key = shapeKey(shape);
			const index = taken.get(key) ?? 0;
			taken.set(key, index + 1);
			const pool = this.#maps.get(key) ?? [];
			this.#maps.set(key, pool);
			return (pool[index] ??= this.#memory.allocate(mapSize(shape) * this.images * 4));
		});
	}

	/** Room for partial sums, `vectors` vec4f; the largest that any lane asks for must be asked for first. */
	scratch(vectors: number): GPUBuffer {
		return (this.#scratch ??= this.#memory.allocate(vectors * 16));
	}

	dispose(): void {
		for (const pool of this.#maps.values()) pool.forEach((buffer) => this.#memory.release(buffer));
		if (this.#scratch) this.#memory.release(this.#scratch);
	}
}
