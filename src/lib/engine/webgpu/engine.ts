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
import { compile } from '../plan/plan';
import { evaluateBatches } from '../evaluation';
import { WebGpuLane } from './lane';
import { DeviceMemory, MapPool } from './memory';

export class WebGpuEngine implements Engine {
	readonly backend = 'webgpu';
	readonly #memory: DeviceMemory;
	readonly #lanes: readonly WebGpuLane[];
	#pool: MapPool | null = null;
	#laidOut: Promise<void> = Promise.resolve();

	/**
	 * @throws UnplannedError when a network has an operation without a kernel
	 * @throws RangeError when given weights do not fit a network
	 */
	constructor(setups: readonly LaneSetup[], device: GPUDevice) {
		const plans = setups.map(({ network }) => compile(network));
		this.#memory = new DeviceMemory(device);
		this.#lanes = setups.map((setup, i) => new WebGpuLane(setup, plans[i], device, this.#memory));
	}

	async step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[]
	): Promise<(LaneMetrics | null)[]> {
		await this.#makeRoom(batch);
		// All lanes are submitted before the first is waited for.
		return Promise.all(
			this.#lanes.map((lane, i) => ((active?.[i] ?? true) ? lane.step(batch, recipe) : null))
		);
	}

	async logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array> {
		await this.#makeRoom(batch);
		return this.#lanes[lane].logits(batch, training);
	}

	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation> {
		return evaluateBatches(batches, this.#pool?.images ?? Infinity, async (batch) => {
			await this.#makeRoom(batch);
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
	#makeRoom({ shape: [images] }: Batch): Promise<void> {
		this.#laidOut = this.#laidOut.then(async () => {
			if (images <= (this.#pool?.images ?? 0)) return;
			this.#pool?.dispose();
			this.#pool = null;
			const pool = new MapPool(this.#memory, images);
			pool.scratch(Math.max(...this.#lanes.map((lane) => lane.scratchSize(images))));
			for (const lane of this.#lanes) await lane.layOut(pool);
			this.#pool = pool;
		});
		return this.#laidOut;
	}
}
