/** The engine on WebGPU kernels of our own, on the device that tfjs has opened. */
import type { Batch } from '$lib/base/image';
import type { LaneSetup } from '../engine';
import { MemoryError } from '../memory';
import { compile, mapSize } from '../plan/plan';
import { PlannedEngine } from '../planned';
import { WebGpuLane } from './lane';
import { DeviceMemory } from './memory';
import { MapPool } from './pool';
import { Readbacks } from './readback';
import { tuningOf } from './tuning';

export class WebGpuEngine extends PlannedEngine<WebGpuLane> {
	readonly backend = 'webgpu';
	readonly #device: GPUDevice;
	readonly #memory: DeviceMemory;
	#pool: MapPool | null = null;

	/**
	 * @throws UnplannedError when a network has an operation without a kernel
	 * @throws RangeError when given weights do not fit a network
	 */
	constructor(setups: readonly LaneSetup[], device: GPUDevice, tuning = tuningOf(device)) {
		const plans = setups.map(({ network }) => compile(network));
		const memory = new DeviceMemory(device);
		const readbacks = new Readbacks(device, memory);
		super(
			setups.map((setup, i) => new WebGpuLane(setup, plans[i], device, memory, readbacks, tuning))
		);
		this.#device = device;
		this.#memory = memory;
	}

	memory(): { tensors: number; bytes: number } {
		return this.#memory.used;
	}

	dispose(): void {
		this.#memory.dispose();
	}

	protected upload(batch: Batch): void {
		this.#pool?.upload(batch);
	}

	protected async layOut(images: number): Promise<void> {
		const refusal = new MemoryError(this.bytesFor(images), null);
		const maps = this.lanes.flatMap(({ plan }) => plan.buffers.map(mapSize));
		if (Math.max(...maps) * images * 4 > this.#memory.largest) throw refusal;
		this.#pool?.dispose();
		const scratch = Math.max(...this.lanes.map((lane) => lane.scratchSize(images)));
		this.#device.pushErrorScope('out-of-memory');
		this.#pool = new MapPool(this.#device, this.#memory, images, scratch);
		const pool = this.#pool;
		const laidOut = this.lanes.map((lane) => lane.layOut(pool));
		const full = await this.#device.popErrorScope();
		const compiled = await Promise.allSettled(laidOut);
		if (full) throw refusal;
		for (const lane of compiled) if (lane.status === 'rejected') throw lane.reason;
	}
}
