/** Allocates and counts buffers on the device. */
import { DeviceMemory } from '../device/memory';
import { MemoryError } from '../memory';

export class Buffers extends DeviceMemory<GPUBuffer, [bytes: number, usage?: number]> {
	readonly device: GPUDevice;
	readonly #counts: boolean;

	/** @param counts whether to count what would be allocated, and to allocate nothing */
	constructor(device: GPUDevice, counts = false) {
		super();
		this.device = device;
		this.#counts = counts;
	}

	/** Size of the largest buffer that the device allows, in bytes. */
	get largest(): number {
		const { maxStorageBufferBindingSize, maxBufferSize } = this.device.limits;
		return Math.min(maxStorageBufferBindingSize, maxBufferSize);
	}

	allocate(bytes: number, usage = 0): GPUBuffer {
		const size = Math.max(16, Math.ceil(bytes / 16) * 16);
		if (this.#counts) return this.count({ size } as GPUBuffer, size);
		if (bytes > this.largest) throw new MemoryError(bytes, this.largest);
		const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
		usage ||= STORAGE | COPY_DST | COPY_SRC;
		return this.count(this.device.createBuffer({ size, usage }), size);
	}

	/** A buffer that holds the given numbers. */
	upload(values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GPUBuffer {
		const buffer = this.allocate(values.byteLength);
		this.device.queue.writeBuffer(buffer, 0, values);
		return buffer;
	}

	protected free(buffer: GPUBuffer): void {
		buffer.destroy();
	}
}
