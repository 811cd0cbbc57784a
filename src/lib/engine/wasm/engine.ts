/** The engine on kernels of our own, compiled to WebAssembly: for machines without a graphics card. */
import type {
	Batch,
	Engine,
	Evaluation,
	LaneMetrics,
	LaneSetup,
	LaneState,
	Recipe
} from '../engine';
import { evaluateBatches } from '../evaluation';
import { MemoryError } from '../memory';
import { compile, planBytes } from '../plan/plan';
import { MapPool, WasmLane } from './lane';
import { loadModule, MOST, type WasmModule } from './module';

export class WasmEngine implements Engine {
	readonly backend = 'wasm';
	readonly #module: WasmModule;
	readonly #lanes: readonly WasmLane[];
	/** What was used before the maps, which depend on the batch. */
	readonly #lasting: WasmModule['used'];
	/** Images that the maps have room for: as many as the largest batch so far. */
	#images = 0;

	private constructor(module: WasmModule, lanes: readonly WasmLane[]) {
		this.#module = module;
		this.#lanes = lanes;
		this.#lasting = module.used;
	}

	/**
	 * @throws UnplannedError when a network has an operation without a kernel
	 * @throws RangeError when given weights do not fit a network
	 */
	static async create(setups: readonly LaneSetup[]): Promise<WasmEngine> {
		const plans = setups.map(({ network }) => compile(network));
		const module = await loadModule();
		return new WasmEngine(
			module,
			setups.map((setup, i) => new WasmLane(setup, plans[i], module))
		);
	}

	async prepare(images: number): Promise<void> {
		this.#makeRoom(images);
	}

	async step(
		batch: Batch,
		recipe: Recipe,
		active?: readonly boolean[]
	): Promise<(LaneMetrics | null)[]> {
		this.#makeRoom(batch.shape[0]);
		return this.#lanes.map((lane, i) => ((active?.[i] ?? true) ? lane.step(batch, recipe) : null));
	}

	async logits(lane: number, batch: Batch, training: boolean): Promise<Float32Array> {
		this.#makeRoom(batch.shape[0]);
		return this.#lanes[lane].logits(batch, training);
	}

	evaluate(lane: number, batches: readonly Batch[]): Promise<Evaluation> {
		return evaluateBatches(batches, this.#images || Infinity, async (batch) => {
			this.#makeRoom(batch.shape[0]);
			return this.#lanes[lane].evaluate(batch);
		});
	}

	setGate(lane: number, block: number, gate: number): void {
		this.#lanes[lane].setGate(block, gate);
	}

	async state(lane: number): Promise<LaneState> {
		return this.#lanes[lane].state();
	}

	/** See `WasmLane.firstNotFinite`. */
	firstNotFinite(lane: number, batch: Batch): ReturnType<WasmLane['firstNotFinite']> {
		this.#makeRoom(batch.shape[0]);
		return this.#lanes[lane].firstNotFinite(batch);
	}

	memory(): { tensors: number; bytes: number } {
		const { allocations, bytes } = this.#module.used;
		return { tensors: allocations, bytes };
	}

	/** Nothing to do: the memory goes with the last reference to the engine. */
	dispose(): void {}

	#makeRoom(images: number): void {
		if (images <= this.#images) return;
		const needed = planBytes(
			this.#lanes.map(({ plan }) => plan),
			images
		).total;
		if (needed > MOST) throw new MemoryError(needed, MOST);
		this.#images = 0;
		this.#module.release(this.#lasting);
		const pool = new MapPool(this.#module, images);
		for (const lane of this.#lanes) lane.layOut(pool);
		this.#images = images;
	}
}
