/** Reads buffers back: copies of them are made in order with the dispatches, and fetched once they are there. */
import type { Buffers } from './memory';

export class Readbacks {
	readonly #memory: Buffers;
	readonly #buffers: { readonly buffer: GPUBuffer; free: boolean }[] = [];

	constructor(memory: Buffers) {
		this.#memory = memory;
	}

	/**
	 * Copies pieces, each from its buffer's start, into a buffer that is free, submits, and waits for this copy
	 * alone: steps submitted meanwhile use other ones.
	 */
	async read(
		pieces: readonly (readonly [source: GPUBuffer, count: number])[],
		encoder = this.#memory.device.createCommandEncoder()
	): Promise<Float32Array[]> {
		const bytes = pieces.reduce((sum, [, count]) => sum + count * 4, 0);
		const readback = this.#take(bytes);
		const { buffer } = readback;
		let at = 0;
		for (const [source, count] of pieces) {
			encoder.copyBufferToBuffer(source, 0, buffer, at, count * 4);
			at += count * 4;
		}
		this.#memory.device.queue.submit([encoder.finish()]);
		await buffer.mapAsync(GPUMapMode.READ, 0, Math.ceil(bytes / 8) * 8);
		const copy = buffer.getMappedRange(0, bytes).slice(0);
		buffer.unmap();
		readback.free = true;
		at = 0;
		return pieces.map(([, count]) => {
			const values = new Float32Array(copy, at, count);
			at += count * 4;
			return values;
		});
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
