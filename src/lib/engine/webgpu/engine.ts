/** The engine on WebGPU kernels of our own, on the device that tfjs has opened. */
import type {
	Batch,
	Engine,
	Evaluation,
	LaneMetrics,
	LaneSetup,
	LaneState,
	Recipe
} from '../engine';
import { MemoryError } from '../memory';
import { compile, mapSize, planBytes } from '../plan/plan';
import { evaluateBatches } from '../evaluation';
import { WebGpuLane } from './lane';
import { DeviceMemory, MapPool } from './memory';
import { tuningOf } from './tuning';

export class WebGpuEngine implements Engine {
	readonly backend = 'webgpu';
	readonly #device: GPUDevice;
	readonly #memory: DeviceMemory;
	readonly #lanes: readonly WebGpuLane[];
	#pool: MapPool | null = null;
	#laidOut: Promise<void> = Promise.resolve();

	/**
	 * @throws UnplannedError when a network has an operation without a kernel
	 * @throws RangeError when given weights do not fit a network
	 */
	constructor(setups: readonly LaneSetup[], device: GPUDevice, tuning = tuningOf(device)) {
		const plans = setups.map(({ network }) => compile(network));
		this.#device = device;
		this.#memory = new DeviceMemory(device);
		this.#lanes = setups.map(
			(setup, i) => new WebGpuLane(setup, plans[i], device, this.#memory, tuning)
		);
	}

	prepare(images: number): Promise<void> {
		return this.#makeRoom(images);
	}

	async step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[]
	): Promise<(LaneMetrics | null)[]> {
		await this.#makeRoom(batch.shape[0]);
		// All lanes are submitted before the first is waited for.
		return Promise.all(
			this.#lanes.map((lane, i) => ((active?.[i] ?? true) ? lane.step(batch, recipe) : null))
		);
	}

	async logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array> {
		await this.#makeRoom(batch.shape[0]);
		return this.#lanes[lane].logits(batch, training);
	}

	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation> {
		return evaluateBatches(batches, this.#pool?.images ?? Infinity, async (batch) => {
			await this.#makeRoom(batch.shape[0]);
			return this.#lanes[lane].evaluate(batch);
		});
	}

	setGate(lane: number, block: number, gate: number): void {
		this.#lanes[lane].setGate(block, gate);
	}

	state(lane: number): Promise<LaneState> {
		return this.#lanes[lane].state();
	}

	memory(): { tensors: number; bytes: number } {
		return this.#memory.used;
	}

	dispose(): void {
		this.#memory.dispose();
	}

	/** Calls that come while the plan is being compiled wait for it, in order. */
	#makeRoom(images: number): Promise<void> {
		this.#laidOut = this.#laidOut.then(async () => {
			if (images <= (this.#pool?.images ?? 0)) return;
			const plans = this.#lanes.map(({ plan }) => plan);
			const refusal = new MemoryError(planBytes(plans, images).total, null);
			const map = Math.max(...plans.flatMap(({ buffers }) => buffers.map(mapSize)));
			if (map * images * 4 > this.#memory.largest) throw refusal;
			this.#pool?.dispose();
			this.#pool = null;
			const pool = new MapPool(this.#memory, images);
			this.#device.pushErrorScope('out-of-memory');
			pool.scratch(Math.max(...this.#lanes.map((lane) => lane.scratchSize(images))));
			const laidOut = this.#lanes.map((lane) => lane.layOut(pool));
			const full = await this.#device.popErrorScope();
			const compiled = await Promise.allSettled(laidOut);
			if (full) throw refusal;
			for (const lane of compiled) if (lane.status === 'rejected') throw lane.reason;
			this.#pool = pool;
		});
		return this.#laidOut;
	}
}
