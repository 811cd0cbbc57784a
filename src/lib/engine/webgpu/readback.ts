/** Reads buffers back: copies of them are made in order with the dispatches, and fetched once they are there. */
import type { Buffers } from './memory';

export class Readbacks {
	readonly #memory: Buffers;
	readonly #buffers: { readonly buffer: GPUBuffer; free: boolean }[] = [];

	constructor(memory: Buffers) {
		this.#memory = memory;
	}

	/**
	 * Copies buffers into one that is free, submits, and waits for this copy alone: steps submitted meanwhile use
	 * other ones.
	 */
	async read(
		sources: readonly GPUBuffer[],
		encoder = this.#memory.device.createCommandEncoder()
	): Promise<Float32Array[]> {
		const bytes = sources.reduce((sum, { size }) => sum + size, 0);
		const readback = this.#take(bytes);
		const { buffer } = readback;
		let at = 0;
		const places = sources.map((source) => {
			encoder.copyBufferToBuffer(source, 0, buffer, at, source.size);
			at += source.size;
			return at - source.size;
		});
		this.#memory.device.queue.submit([encoder.finish()]);
		await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
		const copy = buffer.getMappedRange(0, bytes).slice(0);
		buffer.unmap();
		readback.free = true;
		return sources.map(({ size }, i) => new Float32Array(copy, places[i], size / 4));
	}

	#take(bytes: number) {
		let readback = this.#buffers.find(({ free, buffer }) => free && buffer.size >= bytes);
		if (!readback) {
			const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
			readback = { buffer: this.#memory.allocate(bytes, usage), free: true };
			this.#buffers.push(readback);
		}
		readback.free = false;
		return readback;
	}
}
