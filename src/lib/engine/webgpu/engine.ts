/** The engine on WebGPU kernels of our own, on the device that tfjs has opened. */
import type { LaneSetup } from '../engine';
import { MemoryError } from '../memory';
import { compile } from '../plan/compile';
import { mapSize } from '../plan/plan';
import { PlannedEngine } from '../planned';
import { WebGpuLane } from './lane';
import { Buffers } from './memory';
import { MapPool } from './pool';
import { Readbacks } from './readback';
import { tuningOf } from './tuning';

export class WebGpuEngine extends PlannedEngine<WebGpuLane, MapPool> {
	readonly backend = 'webgpu';
	readonly #memory: Buffers;
	/** Bytes of what does not depend on the batch. */
	readonly #lasting: number;

	/**
	 * @throws UnplannedError for a network that no plan can hold
	 * @throws RangeError if given weights do not fit a network
	 */
	constructor(setups: readonly LaneSetup[], device: GPUDevice, tuning = tuningOf(device)) {
		const plans = setups.map(({ network }) => compile(network));
		const memory = new Buffers(device);
		const shared = { memory, readbacks: new Readbacks(memory), tuning };
		super(setups.map((setup, i) => new WebGpuLane(setup, plans[i], shared)));
		this.#memory = memory;
		this.#lasting = memory.used.bytes;
	}

	bytesFor(images: number): number {
		const memory = new Buffers(this.#memory.device, true);
		const pool = this.#poolOf(memory, images);
		for (const lane of this.lanes) lane.count(pool, memory);
		return this.#lasting + memory.used.bytes;
	}

	#poolOf(memory: Buffers, images: number): MapPool {
		const scratch = Math.max(...this.lanes.map((lane) => lane.scratchSize(images)));
		return new MapPool(memory, images, scratch);
	}

	memory(): { tensors: number; bytes: number } {
		return this.#memory.used;
	}

	dispose(): void {
		this.#memory.dispose();
	}

	protected async layOut(images: number): Promise<void> {
		const refusal = new MemoryError(this.bytesFor(images), null);
		const maps = this.lanes.flatMap(({ plan }) => plan.buffers.map(mapSize));
		if (Math.max(...maps) * images * 4 > this.#memory.largest) throw refusal;
		this.pool?.dispose();
		const { device } = this.#memory;
		device.pushErrorScope('out-of-memory');
		const pool = (this.pool = this.#poolOf(this.#memory, images));
		const laidOut = this.lanes.map((lane) => lane.layOut(pool));
		const full = await device.popErrorScope();
		const compiled = await Promise.allSettled(laidOut);
		if (full) throw refusal;
		for (const lane of compiled) if (lane.status === 'rejected') throw lane.reason;
	}
}
