/** Buffers on the device, counted. */
import { MemoryError } from '../memory';

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
